package cli

import "github.com/urfave/cli/v2"

// commands lists every verb, in the order in which `workbench help` shows them.
func commands(a *app) []*cli.Command {
	return []*cli.Command{
		serveCommand(a),
		generateCommand(a),
		scoreCommand(a),
		runCommand(a),
		evalCommand(a),
		modelCommand(a),
		dataCommand(a),
		runsCommand(a),
		traceCommand(a),
		flowCommand(a),
		keyCommand(a),
		annotateCommand(a),
		recipeCommand(a),
		backupCommand(a),
		restoreCommand(a),
		benchCommand(a),
		tourCommand(a),
		versionCommand(a),
		licensesCommand(a),
		helpCommand(a),
	}
}
