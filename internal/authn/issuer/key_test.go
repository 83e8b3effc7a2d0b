package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/grantkeep/grantkeep/internal/clock"
	"github.com/grantkeep/grantkeep/internal/fault"
)

func TestKeyFileIsMadeOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "issuer.pem")
	const processes = 3
	ids := make([]string, processes)
	var group sync.WaitGroup
	for n := range processes {
		group.Go(func() {
			keys, err := LoadOrCreateKeys(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[n] = keys[0].ID
		})
	}
	group.Wait()
	if len(slices.Compact(ids)) != 1 || ids[0] == "" {
		t.Errorf("key ids = %q, want one", ids)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, want it for the owner only", info.Mode())
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left = %v, %v", left, err)
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":       "",
		"other PEM":   "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"broken key":  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"not PEM":     "secret",
		"wrong shape": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
	} {
		path := filepath.Join(t.TempDir(), "issuer.pem")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreateKeys(path); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error = %v, want fault.Invalid", name, err)
		}
	}
}

func TestSeveralKeysInOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var both []byte
	var want []string
	for _, name := range []string{"new", "old"} {
		key, err := GenerateFastKey()
		if err != nil {
			t.Fatal(err)
		}
		if err := saveNew(filepath.Join(dir, name), key); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		both, want = append(both, text...), append(want, key.ID)
	}
	path := filepath.Join(dir, "both")
	if err := os.WriteFile(path, both, 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range keys {
		got = append(got, k.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("key ids = %q, want %q in the order of the file", got, want)
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewKey(curve); !fault.Is(err, fault.Invalid) {
		t.Errorf("P-384: %v, want fault.Invalid", err)
	}
	good, err := GenerateFastKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"no key":         {},
		"the same twice": {Keys: []Key{good, good}},
		"a base":         {Keys: []Key{good}, Base: "grantkeep"},
	} {
		if _, err := New(c, &Registry{}, clock.System{}, discard()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error = %v, want fault.Invalid", name, err)
		}
	}
}
