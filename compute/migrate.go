package compute

import (
	_ "embed"

	"threa-infra/internal/naming"
)

//go:embed migrate.js
var migrateScript string

// migrate installs pgvector and runs the migrations with the new code's own image and settings. The app starts only after
// it has succeeded: a migration that fails fails the task, ECS goes back, and the old code keeps serving. It has no
// startTimeout, because a migration takes the time that it takes.
func migrate(args *Args, app container) container {
	extension := "no-pgvector"
	if args.Pgvector {
		extension = "pgvector"
	}
	command := []string{extension}
	if args.MigrateCommand != "" {
		command = append(command, args.MigrateCommand)
	}
	return container{
		Name: naming.ContainerMigrate, Image: app.Image, Essential: false,
		EntryPoint:       []string{"bun", "-e", migrateScript},
		Command:          command,
		Environment:      app.Environment,
		Secrets:          app.Secrets,
		MountPoints:      app.MountPoints,
		DependsOn:        app.DependsOn,
		StopTimeout:      app.StopTimeout,
		LogConfiguration: app.LogConfiguration,
	}
}
