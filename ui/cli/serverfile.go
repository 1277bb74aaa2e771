package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// serverFile lies in a data folder while a server has it open, and says how programs of its owner reach
// that server.
type serverFile struct {
	URL string `json:"url"`
	Key string `json:"key"` // for Authorization: Bearer
	PID int    `json:"pid"`
	// Cert is the SHA-256, in hex, of the certificate that answers at an https URL. The URL is the address
	// on this machine, for which a certificate need not have been made.
	Cert string `json:"cert,omitempty"`
}

const serverFileName = "server.json"

// writeServerFile leaves the file for its owner alone, whole or not at all.
func writeServerFile(dir string, f serverFile) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, serverFileName)
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return fmt.Errorf("say how to reach the server: %w", err)
	}
	return os.Rename(part, path)
}

// readServerFile says how to reach the server that has a data folder open. Where none has said so, the
// error is one for which errors.Is(err, fs.ErrNotExist). A server that was killed leaves its file, so the
// reader finds out whether somebody still answers.
func readServerFile(dir string) (serverFile, error) {
	var f serverFile
	text, err := os.ReadFile(filepath.Join(dir, serverFileName))
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s in %s is not readable: %w; remove it", serverFileName, dir, err)
	}
	return f, nil
}

func removeServerFile(dir string) error { return os.Remove(filepath.Join(dir, serverFileName)) }
