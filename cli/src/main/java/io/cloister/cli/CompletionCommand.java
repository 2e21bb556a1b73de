package io.cloister.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/// `completion`.
@CommandLine.Command(
        name = "completion",
        description = "Print the completion script of a shell: source <(cloister completion bash)")
final class CompletionCommand extends Command {
    enum Shell {
        BASH,
        ZSH
    }

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    private Shell shell = Shell.BASH;

    CompletionCommand(World world) {
        super(world);
    }

    @Override
    Exit run() {
        String script = AutoComplete.bash("cloister", Cli.commandLine(world()));
        switch (shell) {
            case BASH -> world().out().print(script);
            case ZSH ->
                    world().out().print("autoload -U +X bashcompinit && bashcompinit\n" + script);
        }
        return Exit.OK;
    }
}
