package odata

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/grantkeep/grantkeep/internal/query"
)

// A skiptoken is, in base64url: one byte for the version, the values each
// with one byte for its type, and the beginning of an HMAC-SHA256 over the
// fingerprint and all that.
const (
	tokenVersion = 1
	tokenMAC     = 16 // bytes; enough for something that only forges a page
)

const (
	tokenNull byte = iota
	tokenFalse
	tokenTrue
	tokenInt
	tokenFloat
	tokenString
	tokenTime
)

// EncodeToken makes the $skiptoken that stands for the key of the last row of
// a page. The values are signed, not hidden. Instants keep microseconds. It
// panics on a value that query does not allow.
func EncodeToken(secret []byte, fingerprint string, key []query.Value) string {
	b := []byte{tokenVersion}
	for _, v := range key {
		switch v := v.(type) {
		case nil:
			b = append(b, tokenNull)
		case bool:
			if v {
				b = append(b, tokenTrue)
			} else {
				b = append(b, tokenFalse)
			}
		case int64:
			b = binary.AppendVarint(append(b, tokenInt), v)
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, tokenFloat), math.Float64bits(v))
		case string:
			b = binary.AppendUvarint(append(b, tokenString), uint64(len(v)))
			b = append(b, v...)
		case time.Time:
			b = binary.AppendVarint(append(b, tokenTime), v.UnixMicro())
		default:
			panic(fmt.Sprintf("odata: no Value: %T", v))
		}
	}
	return base64.RawURLEncoding.EncodeToString(append(b, tokenSum(secret, fingerprint, b)...))
}

// DecodeToken returns the key that EncodeToken was given. A token that was
// changed, or made with another secret or for another fingerprint, is
// fault.Invalid "BadRequest".
func DecodeToken(secret []byte, fingerprint, token string) ([]query.Value, error) {
	foreign := refuse("$skiptoken is not one of ours for this query; follow the next link as it was given, or begin again without $skiptoken.").At("$skiptoken")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, foreign.With(err)
	}
	if len(raw) < 1+tokenMAC || raw[0] != tokenVersion {
		return nil, foreign
	}
	body, sum := raw[:len(raw)-tokenMAC], raw[len(raw)-tokenMAC:]
	if !hmac.Equal(sum, tokenSum(secret, fingerprint, body)) {
		return nil, foreign
	}
	key, err := decodeValues(body[1:])
	if err != nil {
		return nil, foreign.With(err)
	}
	return key, nil
}

func tokenSum(secret []byte, fingerprint string, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	// The length keeps the end of the fingerprint apart from the values. A
	// hash does not fail to be written to.
	mac.Write(binary.AppendUvarint(nil, uint64(len(fingerprint))))
	mac.Write([]byte(fingerprint))
	mac.Write(body)
	return mac.Sum(nil)[:tokenMAC]
}

var errTokenForm = errors.New("the values of the token end too early")

func decodeValues(b []byte) ([]query.Value, error) {
	key := []query.Value{}
	for len(b) > 0 {
		kind := b[0]
		v, n, err := decodeValue(kind, b[1:])
		if err != nil {
			return nil, err
		}
		key = append(key, v)
		b = b[1+n:]
	}
	return key, nil
}

// decodeValue returns a value and how many bytes of b it took.
func decodeValue(kind byte, b []byte) (v query.Value, n int, err error) {
	switch kind {
	case tokenNull:
		return nil, 0, nil
	case tokenFalse, tokenTrue:
		return kind == tokenTrue, 0, nil
	case tokenInt, tokenTime:
		i, n := binary.Varint(b)
		if n <= 0 {
			return nil, 0, errTokenForm
		}
		if kind == tokenTime {
			return time.UnixMicro(i).UTC(), n, nil
		}
		return i, n, nil
	case tokenFloat:
		if len(b) < 8 {
			return nil, 0, errTokenForm
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), 8, nil
	case tokenString:
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil, 0, errTokenForm
		}
		return string(b[n : n+int(size)]), n + int(size), nil
	}
	return nil, 0, fmt.Errorf("the token holds a value of the unknown type %d", kind)
}
