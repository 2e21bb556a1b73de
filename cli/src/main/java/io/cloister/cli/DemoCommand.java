package io.cloister.cli;

import picocli.CommandLine;

/// `demo`.
@CommandLine.Command(
        name = "demo",
        description =
                "Play a whole computation on this machine: six people, real encryption, one"
                        + " result.")
final class DemoCommand extends Command {
    DemoCommand(World world) {
        super(world);
    }

    @Override
    Exit run() throws CommandException {
        throw new CommandException(Exit.STATE, "the demo comes later");
    }
}
