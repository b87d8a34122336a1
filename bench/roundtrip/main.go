// Reads YAML from stdin and writes it to stdout: what a Go function with yaml.v3 takes before it does anything.
package main

import (
	"log"
	"os"

	"gopkg.in/yaml.v3"
)

func main() {
	var document any
	if err := yaml.NewDecoder(os.Stdin).Decode(&document); err != nil {
		log.Fatal(err)
	}
	encoder := yaml.NewEncoder(os.Stdout)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		log.Fatal(err)
	}
}
