package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"

	"github.com/grantkeep/grantkeep/internal/fault"
)

// Key is a signing key. RSA keys sign with RS256, which every Graph client
// expects, and P-256 keys with ES256.
type Key struct {
	ID     string // "kid"
	Signer crypto.Signer
}

const rsaBits = 2048

// GenerateKey makes an RSA key, which takes up to half a second.
func GenerateKey() (Key, error) {
	signer, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return Key{}, fmt.Errorf("signing key: %w", err)
	}
	return NewKey(signer)
}

// GenerateFastKey makes a P-256 key, which takes no time: for servers that
// have to start at once and forget the key when they end.
func GenerateFastKey() (Key, error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("signing key: %w", err)
	}
	return NewKey(signer)
}

// NewKey names a key after its thumbprint (RFC 7638), so that the same key
// has the same name in every process. Other than RSA of at least 2048 bits
// and P-256 keys are fault.Invalid.
func NewKey(signer crypto.Signer) (Key, error) {
	k := Key{Signer: signer}
	if _, err := k.algorithm(); err != nil {
		return Key{}, err
	}
	sum, err := (&jose.JSONWebKey{Key: signer.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		return Key{}, fmt.Errorf("thumbprint: %w", err)
	}
	k.ID = base64.RawURLEncoding.EncodeToString(sum)
	return k, nil
}

func (k Key) algorithm() (jose.SignatureAlgorithm, error) {
	switch public := k.Signer.Public().(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() >= rsaBits {
			return jose.RS256, nil
		}
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			return jose.ES256, nil
		}
	}
	return "", fault.New(fault.Invalid, "InvalidKey", "A signing key must be RSA of at least %d bits, or ECDSA on P-256.", rsaBits)
}

const pemType = "PRIVATE KEY"

// LoadKeys reads the private keys in a PEM file (PKCS #8 or PKCS #1), in
// their order. To rotate, put a new key in front and take the old one out a
// day later. A file without a usable key is fault.Invalid.
func LoadKeys(path string) ([]Key, error) {
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	var keys []Key
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		signer, err := parseKey(block)
		if err != nil {
			return nil, fault.New(fault.Invalid, "InvalidKey", "Key %d in %s cannot be read.", len(keys)+1, path).With(err)
		}
		key, err := NewKey(signer)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Invalid, "InvalidKey", "%s holds no PEM private key.", path)
	}
	return keys, nil
}

func parseKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case pemType:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("PEM block %q", block.Type)
	}
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", key)
	}
	return signer, nil
}

// LoadOrCreateKeys reads the keys in the file, or makes one and writes it
// there, for its owner only. Of several processes that start at the same
// time, all use the key of the one that came first.
func LoadOrCreateKeys(path string) ([]Key, error) {
	keys, err := LoadKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	key, err := GenerateKey()
	if err != nil {
		return nil, err
	}
	if err := saveNew(path, key); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return LoadKeys(path)
}

// saveNew writes the key under another name first, so that nobody reads half
// of it, and gives it the right one unless somebody else was faster.
func saveNew(path string, key Key) (err error) {
	der, err := x509.MarshalPKCS8PrivateKey(key.Signer)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temporary.Name())) }()
	err = pem.Encode(temporary, &pem.Block{Type: pemType, Bytes: der})
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Link(temporary.Name(), path)
}

// keySet is the keys in use: one that signs, and all that check.
type keySet struct {
	signer jose.Signer
	public jose.JSONWebKeySet
}

func newKeySet(keys []Key) (keySet, error) {
	var set keySet
	if len(keys) == 0 {
		return set, fault.New(fault.Invalid, "InvalidKey", "The built-in issuer has no signing key.")
	}
	for n, k := range keys {
		algorithm, err := k.algorithm()
		if err != nil {
			return set, err
		}
		if len(set.public.Key(k.ID)) > 0 {
			return set, fault.New(fault.Invalid, "InvalidKey", "Two signing keys have the id %q.", k.ID)
		}
		set.public.Keys = append(set.public.Keys, jose.JSONWebKey{
			Key: k.Signer.Public(), KeyID: k.ID, Algorithm: string(algorithm), Use: "sig",
		})
		if n > 0 {
			continue
		}
		// The signer may be a device that does not give its key away.
		private := jose.JSONWebKey{Key: cryptosigner.Opaque(k.Signer), KeyID: k.ID}
		set.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: private}, (&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			return set, fmt.Errorf("signing key %s: %w", k.ID, err)
		}
	}
	return set, nil
}

func (s keySet) algorithms() []string {
	var names []string
	for _, k := range s.public.Keys {
		if !slices.Contains(names, k.Algorithm) {
			names = append(names, k.Algorithm)
		}
	}
	return names
}

// VerifySignature returns the payload of a token that one of the keys signed.
func (s keySet) VerifySignature(_ context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		return nil, err
	}
	header := jws.Signatures[0].Header
	for _, k := range s.public.Key(header.KeyID) {
		if k.Algorithm == header.Algorithm {
			return jws.Verify(k)
		}
	}
	return nil, errors.New("no key of that id and algorithm")
}
