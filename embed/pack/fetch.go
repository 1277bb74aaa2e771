package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pin is one line of requirements.txt: a distribution, its version, and the only wheel accepted.
type pin struct {
	name, version, sha256 string
}

// readPins reads requirements of the form `name==version --hash=sha256:…`, by name.
func readPins(path string) (map[string]pin, error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	pins := map[string]pin{}
	lines := bufio.NewScanner(opened)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		spec, sum, hashed := strings.Cut(text, " --hash=sha256:")
		name, version, pinned := strings.Cut(spec, "==")
		if !hashed || !pinned || len(sum) != 2*sha256.Size {
			return nil, fmt.Errorf("%s:%d: %q is not of the form name==version --hash=sha256:…", path, number, text)
		}
		pins[name] = pin{name, version, sum}
	}
	return pins, lines.Err()
}

// fetch returns the path of each pinned wheel in dir, downloading those that are missing.
func fetch(ctx context.Context, pins map[string]pin, dir string) (map[string]string, error) {
	found, missing, err := findWheels(pins, dir)
	if err != nil || len(missing) == 0 {
		return found, err
	}
	if err := download(ctx, dir); err != nil {
		return nil, fmt.Errorf("download %s: %w: check the network, or put the wheels into %s yourself",
			strings.Join(missing, " and "), err, dir)
	}
	found, missing, err = findWheels(pins, dir)
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("pip said that all went well, but %s is not in %s", strings.Join(missing, " and "), dir)
	}
	return found, err
}

// findWheels looks for files whose contents are what is pinned.
func findWheels(pins map[string]pin, dir string) (found map[string]string, missing []string, err error) {
	found = map[string]string{}
	for _, p := range pins {
		pattern := strings.ReplaceAll(p.name, "-", "_") + "-" + p.version + "-*.whl"
		candidates, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, nil, err
		}
		for _, candidate := range candidates {
			sum, err := hashFile(candidate)
			if err != nil {
				return nil, nil, err
			}
			if sum == p.sha256 {
				found[p.name] = candidate
			}
		}
		if found[p.name] == "" {
			missing = append(missing, p.name+"=="+p.version)
		}
	}
	return found, missing, nil
}

// download asks pip for every requirement. Platform and Python are named, so that any Python on any
// distribution of Linux gets the same files.
func download(ctx context.Context, dir string) error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return fmt.Errorf("%w: install Python 3 with pip", err)
	}
	pip := exec.CommandContext(ctx, python, "-m", "pip", "download",
		"--no-deps", "--require-hashes", "--only-binary=:all:",
		"--python-version", "3.11", "--implementation", "cp", "--abi", "cp311",
		"--platform", "manylinux_2_28_x86_64",
		"--dest", dir, "--requirement", filepath.Join("embed", "requirements.txt"))
	pip.Stdout, pip.Stderr = os.Stderr, os.Stderr
	return pip.Run()
}

func hashFile(path string) (string, error) {
	opened, err := os.Open(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, opened)
	if err := errors.Join(err, opened.Close()); err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
