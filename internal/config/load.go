package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// Prefix begins the name of every environment variable that is ours.
const Prefix = "GRANTKEEP_"

// others are variables with our prefix that belong to the command line's
// client, or to the build.
var others = []string{
	"CONFIG", "SERVER", "CONTEXT", "TOKEN", "TOKEN_FILE", "OUTPUT", "COLUMNS", "NO_HINTS", "DEBUG", "REQUIRE_ALL",
}

// Load reads the configuration: the YAML file at path (none if it is empty),
// then environ, as os.Environ gives it, then flags, by their key, such as
// "http.address". What cannot be understood is fault.Invalid with a detail
// for each place. Whether the values make sense is for Validate to say.
//
// A variable that ends in _FILE holds the name of a file with the value.
// Lists of texts are separated by commas in variables and flags; lists of
// objects are written as JSON there.
func Load(path string, environ []string, flags map[string]any) (Config, error) {
	var bad faults
	k := koanf.New(".")
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return Config{}, fmt.Errorf("configuration file %s: %w", path, err)
		}
	}
	fromFile := clean(k.Raw(), &bad)

	merged := koanf.New(".")
	if err := merged.Load(given(fromFile), nil); err != nil {
		return Config{}, err
	}
	if err := merged.Load(variables(environ, &bad), nil); err != nil {
		return Config{}, err
	}
	for _, key := range slices.Sorted(maps.Keys(flags)) {
		k, ok := keyNamed(key)
		if !ok {
			bad.add(key, "there is no such flag%s", meant(key, paths()))
			continue
		}
		value := k.value(flags[key], key, &bad)
		if err := merged.Set(key, value); err != nil {
			return Config{}, err
		}
	}
	if err := bad.err(); err != nil {
		return Config{}, err
	}

	c := Default()
	if err := merged.Unmarshal("", &c); err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	c.readSecrets(&bad)
	if err := bad.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// given is a koanf provider of values that are there already.
type given map[string]any

func (g given) Read() (map[string]any, error) { return g, nil }
func (given) ReadBytes() ([]byte, error)      { return nil, fmt.Errorf("no bytes here") }

// variables provides the values of environment variables.
func variables(environ []string, bad *faults) koanf.Provider {
	names := map[string]key{}
	for _, k := range keys() {
		names[k.variable()] = k
	}
	seen := map[string]string{}
	read := func(name, text string) (string, any) {
		k, ok := names[name]
		if !ok && slices.Contains(others, strings.TrimPrefix(name, Prefix)) {
			return "", nil
		}
		if !ok {
			k, ok = names[strings.TrimSuffix(name, "_FILE")]
			if !ok || !strings.HasSuffix(name, "_FILE") {
				bad.add(name, "there is no such variable%s", meant(name, slices.Collect(maps.Keys(names))))
				return "", nil
			}
			var err error
			if text, err = readText(text); err != nil {
				bad.add(name, "%v", err)
				return "", nil
			}
		}
		if other, twice := seen[k.path]; twice {
			bad.add(name, "%s says the same", other)
		}
		seen[k.path] = name
		return k.path, k.value(text, name, bad)
	}
	return env.Provider(".", env.Opt{Prefix: Prefix, EnvironFunc: func() []string { return environ }, TransformFunc: read})
}

// readSecrets puts the contents of secret files where the secrets are.
func (c *Config) readSecrets(bad *faults) {
	read := func(secret *string, file, key string) {
		switch {
		case file == "":
		case *secret != "":
			bad.add(key+".secretFile", "secret is given, too; one of them is enough")
		default:
			text, err := readText(file)
			if err != nil {
				bad.add(key+".secretFile", "%v", err)
			}
			*secret = text
		}
	}
	read(&c.Paging.Secret, c.Paging.SecretFile, "paging")
	read(&c.Callouts.Secret, c.Callouts.SecretFile, "callouts")
	for n := range c.BuiltinIssuer.Clients {
		client := &c.BuiltinIssuer.Clients[n]
		read(&client.Secret, client.SecretFile, fmt.Sprintf("builtinIssuer.clients[%d]", n))
	}
}

// readText returns the content of a file without the line end that editors
// leave.
func readText(path string) (string, error) {
	b, err := os.ReadFile(path)
	return strings.TrimRight(string(b), "\r\n"), err
}

// objects reads a list of objects, which a variable or a flag has as JSON.
func objects(text string) (any, error) {
	var list []any
	err := json.Unmarshal([]byte(text), &list)
	return list, err
}
