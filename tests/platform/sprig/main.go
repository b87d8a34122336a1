// The functions that Helm gives to charts, applied to each string of a JSON list on stdin.
package main

import (
	"encoding/json"
	"os"

	"github.com/Masterminds/sprig/v3"
)

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	kebabcase := sprig.TxtFuncMap()["kebabcase"].(func(string) string)
	spelt := make([]string, 0, len(texts))
	for _, text := range texts {
		spelt = append(spelt, kebabcase(text))
	}
	if err := json.NewEncoder(os.Stdout).Encode(spelt); err != nil {
		panic(err)
	}
}
