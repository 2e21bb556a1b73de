package io.cloister.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `cloister` itself: only a place for the commands.
@Command(
        name = "cloister",
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs secret code over secret data for people who don't trust each other.",
        footer = {
            "",
            "Start with: cloister demo",
            "Exit codes: docs/reference/exit-codes.md",
        },
        subcommands = {
            DemoCommand.class,
            ServerCommand.class,
            LoginCommand.class,
            ComputationCommand.class,
            InvitationCommand.class,
            JoinCommand.class,
            LeaveCommands.Decline.class,
            LeaveCommands.Withdraw.class,
            CodeCommand.class,
            DataCommand.class,
            AgreementCommand.class,
            PolicyCommand.class,
            ApproveCommand.class,
            ResultCommand.class,
            ReceiptCommand.class,
            EvidenceCommand.class,
            ImageCommand.class,
            RuntimeCommand.class,
            FileCommands.Encrypt.class,
            FileCommands.Decrypt.class,
            KeysCommand.class,
            CompletionCommand.class,
            ManCommand.class,
            VersionCommand.class,
            CommandLine.HelpCommand.class,
        })
final class RootCommand extends Group {
    @Option(names = "--version", description = "Print the version.")
    private boolean version;

    private final World world;

    RootCommand(World world) {
        this.world = world;
    }

    @Override
    public Integer call() {
        if (version) {
            world.out().println("cloister " + Main.version());
            return Exit.OK.code();
        }
        return super.call();
    }
}
