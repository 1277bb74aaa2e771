package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestOpenAIClient speaks to a real server with OpenAI's own client for Python, which `make test` fetches.
func TestOpenAIClient(t *testing.T) {
	packages := os.Getenv("WORKBENCH_OPENAI")
	if packages == "" {
		t.Skip("OpenAI's client is not here: run make test, which fetches it and sets WORKBENCH_OPENAI")
	}
	script, err := filepath.Abs("testdata/openai/client.py")
	if err != nil {
		t.Fatal(err)
	}
	c := apiRoom(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	python := exec.CommandContext(ctx, "python3", script, c.to.URL, c.to.Key, "tiny", "plain")
	python.Env = append(os.Environ(), "PYTHONPATH="+packages, "PYTHONDONTWRITEBYTECODE=1", "NO_PROXY=*")
	if out, err := python.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
