package ort

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	onnx "github.com/yalue/onnxruntime_go"
)

// member matches a function of OrtApi in its header, in each of the three ways of declaring one.
var member = regexp.MustCompile(`ORT_API2_STATUS\(\s*(\w+)|ORT_CLASS_RELEASE\(\s*(\w+)|\(\s*ORT_API_CALL\s*\*\s*(\w+)\)|ORT_API_T\([^,]*,\s*(\w+)`)

// functionTable lists the functions of OrtApi in the order of the header that onnxruntime_go carries.
func functionTable(t *testing.T) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yalue/onnxruntime_go").Output()
	if err != nil {
		t.Skipf("go list does not find onnxruntime_go's folder: %v", err)
	}
	header, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "onnxruntime_c_api.h"))
	if err != nil {
		t.Skipf("no header to compare with: %v", err)
	}
	text := regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`).ReplaceAllString(string(header), "")
	_, body, found := strings.Cut(text, "struct OrtApi {")
	body, _, closed := strings.Cut(body, "\n};")
	if !found || !closed {
		t.Fatal("the header has no struct OrtApi")
	}
	var names []string
	for _, m := range member.FindAllStringSubmatch(body, -1) {
		name := m[1] + m[3] + m[4]
		if m[2] != "" {
			name = "Release" + m[2]
		}
		names = append(names, name)
	}
	return names
}

func TestEntriesAreWhereTheHeaderSays(t *testing.T) {
	names := functionTable(t)
	v := reflect.ValueOf(entry)
	for i := range v.NumField() {
		name, at := v.Type().Field(i).Name, int(v.Field(i).Int())
		if at >= len(names) || names[at] != name {
			t.Errorf("entry.%s is %d, where the header has %s", name, at, names[min(at, len(names)-1)])
		}
	}
}

// The shim takes the runtime's objects out of onnxruntime_go's by reading their first field.
func TestFirstFieldsArePointers(t *testing.T) {
	for _, tc := range []struct {
		object any
		field  string
		kind   string
	}{
		{onnx.SessionOptions{}, "o", "OrtSessionOptions"},
		{onnx.RunOptions{}, "o", "OrtRunOptions"},
		{onnx.IoBinding{}, "o", "OrtIoBinding"},
		{onnx.DynamicAdvancedSession{}, "s", "AdvancedSession"},
		{onnx.AdvancedSession{}, "ortSession", "OrtSession"},
	} {
		f := reflect.TypeOf(tc.object).Field(0)
		if f.Name != tc.field || f.Type.Kind() != reflect.Pointer || !strings.HasSuffix(f.Type.String(), tc.kind) {
			t.Errorf("the first field of %T is %s %s, want %s *%s", tc.object, f.Name, f.Type, tc.field, tc.kind)
		}
	}
}
