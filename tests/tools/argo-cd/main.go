// Command argo-cd is Argo CD's application controller or its repository server, by its first argument, or the Redis
// that both need.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	var command *cobra.Command
	switch os.Args[1] {
	case "controller":
		command = controller.NewCommand()
	case "repo-server":
		command = reposerver.NewCommand()
	case "redis":
		redis(os.Args[2])
	}
	command.SetArgs(os.Args[2:])
	if err := command.Execute(); err != nil {
		fail(err)
	}
}

func redis(address string) {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(address); err != nil {
		fail(err)
	}
	// Nothing expires unless it is told that time passes.
	for range time.Tick(time.Second) {
		server.FastForward(time.Second)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
