package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Whatever a program takes too much of is named, and takes nothing else down.
final class LimitsTest {
    private static final Duration SHORT = Duration.ofMillis(700);

    private static RunOutcome outcome(Run run) {
        return run.run().report().outcome();
    }

    private static RunOutcome limit(Limit limit) {
        return new RunOutcome.LimitReached(limit);
    }

    @Test
    void anEndlessLoopMeetsTheProcessorLimit() {
        Run.Result result = Run.of("while True: pass").cpu(SHORT).run();

        assertEquals(limit(Limit.CPU), result.report().outcome());
        assertTrue(result.report().usage().cpu().compareTo(SHORT) >= 0, result.report().toString());
        assertTrue(
                result.report().usage().cpu().compareTo(Duration.ofSeconds(5)) < 0,
                result.report().toString());
    }

    @Test
    void anEndlessLoopInAThreadThatIgnoresSignalsMeetsTheProcessorLimit() {
        assertEquals(
                limit(Limit.CPU),
                outcome(
                        Run.of(
                                        "import signal, threading, time",
                                        "for s in range(1, 32):",
                                        "    if s not in (9, 19): signal.signal(s, signal.SIG_IGN)",
                                        "def spin():",
                                        "    while True: pass",
                                        "threading.Thread(target=spin).start()",
                                        "time.sleep(100)")
                                .cpu(SHORT)));
    }

    @Test
    void theProcessorTimeOfAllProcessesCounts() {
        assertEquals(
                limit(Limit.CPU),
                outcome(
                        Run.of(
                                        "import os, time",
                                        "for _ in range(3):",
                                        "    if os.fork() == 0:",
                                        "        while True: pass",
                                        "time.sleep(100)")
                                .processes(4)
                                .cpu(SHORT)));
    }

    @Test
    void theProcessorTimeOfChildrenNobodyWaitsForCounts() {
        assertEquals(
                limit(Limit.CPU),
                outcome(
                        Run.of(
                                        "import os, signal, time",
                                        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
                                        "while True:",
                                        "    if os.fork() == 0:",
                                        "        end = time.process_time() + 0.1",
                                        "        while time.process_time() < end: pass",
                                        "        os._exit(0)",
                                        "    try: os.wait()",
                                        "    except ChildProcessError: pass")
                                .processes(4)
                                .cpu(SHORT)
                                .wall(Duration.ofSeconds(20))));
    }

    private static int coresOf(int agreed) {
        Run.Result result =
                Run.of("import os", "print(len(os.sched_getaffinity(0)))").cores(agreed).run();
        assertEquals(new RunOutcome.Success(), result.report().outcome());
        return Integer.parseInt(result.printed().strip());
    }

    @Test
    void aRunHasNoMoreCoresThanAgreed() {
        int all = coresOf(1_024);
        assumeTrue(all > 1, "this machine has one core: there is nothing to bound");

        assertEquals(1, coresOf(1));
        assertEquals(2, coresOf(2));
    }

    @Test
    void sleepingMeetsTheWallClockLimit() {
        Run.Result result = Run.of("import time", "time.sleep(1000)").wall(SHORT).run();

        assertEquals(limit(Limit.WALL), result.report().outcome());
        assertTrue(
                result.report().usage().wall().compareTo(SHORT) >= 0, result.report().toString());
    }

    @Test
    void aThreadThatNeverEndsMeetsTheWallClockLimit() {
        assertEquals(
                limit(Limit.WALL),
                outcome(
                        Run.of(
                                        "import threading, time",
                                        "threading.Thread(target=time.sleep, args=(1000,)).start()")
                                .wall(SHORT)));
    }

    @Test
    void stayingAfterTheLastFrameMeetsTheWallClockLimit() {
        assertEquals(
                limit(Limit.WALL),
                outcome(
                        Run.of(
                                        "import os, time",
                                        "os.write(3, b'\\x18\\0\\0\\0\\x06' + bytes(6))",
                                        "time.sleep(1000)")
                                .wall(SHORT)));
    }

    @Test
    void memoryTakenByAllocationMeetsTheMemoryLimit() {
        assertEquals(
                limit(Limit.MEMORY),
                outcome(Run.of("x = []", "while True: x.append(bytes(1 << 20))")));
        assertEquals(limit(Limit.MEMORY), outcome(Run.of("x = bytearray(1 << 30)")));
    }

    /// Each arena of the C library's allocator reserves 64 MiB of address space, which is limited.
    @Test
    void threadsReserveLittleAddressSpace() {
        assertEquals(
                "True\n",
                Run.of(
                                "import threading",
                                "barrier = threading.Barrier(8)",
                                "def work():",
                                "    barrier.wait()",
                                "    held = [bytes(1000 + i) for i in range(100)]",
                                "    barrier.wait()",
                                "threads = [threading.Thread(target=work) for _ in range(8)]",
                                "for thread in threads: thread.start()",
                                "for thread in threads: thread.join()",
                                "reserved = 0",
                                "for line in open('/proc/self/maps'):",
                                "    fields = line.split()",
                                "    start, end = (int(x, 16) for x in fields[0].split('-'))",
                                "    reserved += fields[1] == '---p' and end - start > 32 << 20",
                                "print(reserved <= 1)")
                        .run()
                        .printed());
    }

    @Test
    void memoryTakenByMappingIsRefused() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.OS_ERROR, OptionalInt.of(3)),
                outcome(
                        Run.of(
                                "import mmap",
                                "x = []",
                                "while True: x.append(mmap.mmap(-1, 1 << 24,"
                                        + " flags=mmap.MAP_PRIVATE))")));
    }

    @Test
    void memoryTakenBySeveralProcessesStaysBelowTheLimit() {
        Run.Result result =
                Run.of(
                                "import os, time",
                                "for _ in range(3):",
                                "    if os.fork() == 0: break",
                                "x = []",
                                "try:",
                                "    while True: x.append(b'x' * (1 << 20))",
                                "except MemoryError: time.sleep(0.5)",
                                "os._exit(0)")
                        .processes(4)
                        .memory(256L << 20)
                        .run();

        assertEquals(new RunOutcome.Crashed(OptionalInt.empty()), result.report().outcome());
        long peak = result.report().usage().peakMemoryBytes();
        assertTrue(peak > 128L << 20 && peak <= 256L << 20, result.report().toString());
    }

    /// The kernel's limits leave out what was mapped already and takes no memory, such as an input.
    /// A program that puts memory there, as part of a stack, evades them; the watchdog sees it.
    @Test
    void memoryPutInThePlaceOfAnInputMeetsTheMemoryLimit() {
        Run.Result result =
                Run.of(
                                "import ctypes, mmap, time",
                                "libc = ctypes.CDLL(None, use_errno=True)",
                                "libc.mmap.restype = ctypes.c_void_p",
                                "libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]"
                                        + " + [ctypes.c_int] * 3 + [ctypes.c_long]",
                                "start, end = max(",
                                "    (tuple(int(x, 16) for x in line.split()[0].split('-'))",
                                "     for line in open('/proc/self/maps') if 'memfd:' in line),",
                                "    key=lambda range: range[1] - range[0])",
                                "flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x10  # MAP_FIXED",
                                "both = mmap.PROT_READ | mmap.PROT_WRITE",
                                "print(libc.mmap(start, end - start, both, flags, -1, 0) == start,"
                                        + " flush=True)",
                                "ctypes.memset(start, 1, end - start)",
                                "time.sleep(20)")
                        .memory(256L << 20)
                        .input(0, "a", new byte[150 << 20])
                        .run();

        assertEquals("True\n", result.printed());
        assertEquals(limit(Limit.MEMORY), result.report().outcome());
        assertTrue(
                result.report().usage().peakMemoryBytes() > 256L << 20, result.report().toString());
    }

    /// Shared memory without a file stays whole while one page of it is mapped, and the rest shows
    /// in no process: one that keeps a page of each mapping, and as many processes that put it in
    /// the place of their libraries, would hold any amount.
    @Test
    void sharedMemoryThatNothingCountsIsRefusedInEveryProcess() {
        Run.Result result =
                Run.of(
                                "import ctypes, mmap, os",
                                "libc = ctypes.CDLL(None, use_errno=True)",
                                "libc.mmap.restype = ctypes.c_void_p",
                                "libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] +"
                                        + " [ctypes.c_int] * 3 + [ctypes.c_long]",
                                "libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]",
                                "children = []",
                                "for _ in range(3):",
                                "    pid = os.fork()",
                                "    if pid == 0: break",
                                "    children.append(pid)",
                                "for line in open('/proc/self/maps').readlines():",
                                "    if pid == 0 and ('/_multiprocessing.' in line or '/_socket.'"
                                        + " in line):",
                                "        first, last = (int(x, 16) for x in"
                                        + " line.split()[0].split('-'))",
                                "        libc.munmap(first, last - first)",
                                "def fill(kind):",
                                "    for _ in range(200):",
                                "        place = libc.mmap(None, 1 << 20, 3, kind | 0x20, -1, 0)",
                                "        if place == (1 << 64) - 1: return ctypes.get_errno()",
                                "        ctypes.memset(place, 1, 1 << 20)",
                                "        libc.munmap(place + 4096, (1 << 20) - 4096)",
                                "    return 'filled'",
                                "kinds = 0x01, 0x03, 0x4001, 0x8001, 0x40001",
                                "try: mmap.mmap(-1, 4096); python = 'mapped'",
                                "except PermissionError: python = 'refused'",
                                "print([fill(kind) for kind in kinds], python,"
                                        + " os.path.exists('/dev/zero'), flush=True)",
                                "if pid == 0: os._exit(0)",
                                "for child in children: os.waitpid(child, 0)")
                        .processes(4)
                        .run();

        assertEquals("[1, 1, 1, 1, 1] refused False\n".repeat(4), result.printed());
        assertEquals(new RunOutcome.Success(), result.report().outcome());
    }

    private static long peakOfFourProcesses(String... each) {
        List<String> program =
                new ArrayList<>(
                        List.of(
                                "import mmap, os, time",
                                "with open('/dev/shm/table', 'wb', buffering=0) as f:",
                                "    for _ in range(40): f.write(bytes(1 << 20))",
                                "children = []",
                                "for _ in range(3):",
                                "    pid = os.fork()",
                                "    if pid == 0: break",
                                "    children.append(pid)"));
        program.addAll(List.of(each));
        program.addAll(
                List.of(
                        "time.sleep(0.5)",
                        "if pid == 0: os._exit(0)",
                        "if [os.waitpid(child, 0)[1] for child in children] != [0, 0, 0]: 1 / 0"));
        Run.Result result = Run.of(program.toArray(String[]::new)).processes(4).run();
        assertEquals(new RunOutcome.Success(), result.report().outcome());
        return result.report().usage().peakMemoryBytes();
    }

    @Test
    void librariesThatSeveralProcessesLoadLateDoNotCountAndAMappedScratchFileCountsOnce() {
        long without = peakOfFourProcesses();
        long with =
                peakOfFourProcesses(
                        "import ctypes, decimal, unicodedata",
                        "files = [os.path.join(at, name) for top in ('/usr',"
                                + " os.path.dirname(os.__file__)) for at, _, names in os.walk(top)"
                                + " for name in names]",
                        "files.sort(key=os.path.getsize)",
                        "mapped = 0",
                        "while mapped < 12 << 20:",
                        "    file = open(files.pop(), 'rb')",
                        "    part = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)",
                        "    sum(part[::4096])",
                        "    mapped += len(part)",
                        "    globals()[f'kept{mapped}'] = part",
                        "table = mmap.mmap(os.open('/dev/shm/table', os.O_RDWR), 0)",
                        "for i in range(0, len(table), 4096): table[i] = 1");

        // Twelve and forty MiB, four times, would be 208.
        assertTrue(with - without < 24L << 20, without + " and " + with);
    }

    @Test
    void scratchFilesAreBounded() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.OS_ERROR, OptionalInt.of(5)),
                outcome(
                        Run.of(
                                "i = 0",
                                "while True:",
                                "    i += 1",
                                "    with open(f'/tmp/{i}', 'wb', buffering=0) as f:",
                                "        f.write(bytes(1 << 20))")));
        assertEquals(
                new RunOutcome.Failed(FailureClass.OS_ERROR, OptionalInt.of(2)),
                outcome(
                        Run.of(
                                "f = open('big', 'wb', buffering=0)",
                                "while True: f.write(bytes(1 << 20))")));
    }

    @Test
    void scratchFilesCountAsMemory() {
        Run.Result result =
                Run.of("import time", "open('f', 'wb').write(bytes(40 << 20))", "time.sleep(0.3)")
                        .run();

        assertEquals(new RunOutcome.Success(), result.report().outcome());
        assertTrue(
                result.report().usage().peakMemoryBytes() > 40L << 20, result.report().toString());
    }

    @Test
    void theNumberOfScratchFilesIsBounded() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.OS_ERROR, OptionalInt.of(4)),
                outcome(
                        Run.of(
                                "i = 0",
                                "while True:",
                                "    i += 1",
                                "    open(f'/tmp/{i}', 'w').close()")));
    }

    @Test
    void inputsCountAsMemory() {
        Run.Result result =
                Run.of("import time", "time.sleep(0.2)").input(0, "a", new byte[30 << 20]).run();

        assertTrue(
                result.report().usage().peakMemoryBytes() > 30L << 20, result.report().toString());
        assertEquals(
                limit(Limit.MEMORY),
                outcome(
                        Run.of("x = bytearray(60 << 20)")
                                .memory(128L << 20)
                                .input(0, "a", new byte[60 << 20])));
    }

    @Test
    void anInputsBytesAreSeenWithoutASecondCopy() {
        Run.Result result =
                Run.of(
                                "from cloister import Enclave",
                                "f = next(Enclave().read())",
                                "a, b = f.getbuffer(), f.getbuffer()",
                                "print(len(a), a[-1] == b[-1], sum(1 for at in range(0, len(a),"
                                        + " 4096) if a[at] == 0))",
                                "del a, b",
                                "try: f.getvalue()",
                                "except MemoryError: print('a copy is a copy')")
                        .memory(256L << 20)
                        .input(0, "a", new byte[150 << 20])
                        .run();

        assertEquals("157286400 True 38400\na copy is a copy\n", result.printed());
        assertTrue(
                result.report().usage().peakMemoryBytes() < 190L << 20, result.report().toString());
    }

    @Test
    void inputsBeyondTheMemoryAreRefusedBeforeAnythingRuns() throws Exception {
        Run run = Run.of("pass").memory(64L << 20);
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            OutputStream input = sandbox.addInput(new InputDescription(0, "a"));
            byte[] chunk = new byte[1 << 20];
            IOException refused =
                    assertThrows(
                            MemoryExceededException.class,
                            () -> {
                                for (int i = 0; i < 64; i++) {
                                    input.write(chunk);
                                }
                            });
            assertEquals(
                    "code and inputs are more than the 58720256 bytes that the agreed memory leaves"
                            + " for them",
                    refused.getMessage());
        }
    }

    @Test
    void inputsThatLeaveNoMemoryForTheProgramMeetTheMemoryLimit() {
        assertEquals(
                limit(Limit.MEMORY),
                outcome(Run.of("pass").memory(64L << 20).input(0, "a", new byte[50 << 20])));
    }

    @Test
    void aForkIsRefusedWhereOneProcessIsAllowedWhileThreadsWork() {
        Run.Result result =
                Run.of(
                                "import os, threading",
                                "t = [threading.Thread(target=print, args=('thread',)) for _ in"
                                        + " range(2)]",
                                "for x in t: x.start(); x.join()",
                                "os.fork()")
                        .run();

        assertEquals("thread\nthread\n", result.printed());
        assertEquals(
                new RunOutcome.Failed(FailureClass.PERMISSION_ERROR, OptionalInt.of(4)),
                result.report().outcome());
    }

    @Test
    void aForkBombMeetsTheProcessLimit() {
        assertEquals(
                limit(Limit.PROCESSES),
                outcome(
                        Run.of(
                                        "import os, time",
                                        "while True:",
                                        "    try: os.fork()",
                                        "    except OSError: time.sleep(1)")
                                .processes(4)));
    }

    @Test
    void asManyProcessesAsAllowedMayRun() {
        Run.Result result =
                Run.of(
                                "import os, time",
                                "children = []",
                                "for _ in range(3):",
                                "    pid = os.fork()",
                                "    if pid == 0: time.sleep(0.6); os._exit(0)",
                                "    children.append(pid)",
                                "for pid in children: os.waitpid(pid, 0)")
                        .processes(4)
                        .run();

        assertEquals(new RunOutcome.Success(), result.report().outcome());
        assertEquals(4, result.report().usage().peakProcesses());
    }

    @Test
    void aThreadBombIsRefusedByTheKernel() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.RUNTIME_ERROR, OptionalInt.of(3)),
                outcome(
                        Run.of(
                                "import threading, time",
                                "threading.stack_size(65536)",
                                "while True: threading.Thread(target=time.sleep, args=(1000,),"
                                        + " daemon=True).start()")));
    }

    @Test
    void whatTheKernelHoldsInSocketsIsBoundedByTheDescriptors() {
        Run.Result result =
                Run.of(
                                "import socket",
                                "pairs = []",
                                "try:",
                                "    while True:",
                                "        pairs.append(socket.socketpair())",
                                "        pairs[-1][0].setblocking(False)",
                                "except OSError as x: print(x.errno, 128 <= len(pairs) <= 140)")
                        .input(0, "a", "x")
                        .run();

        assertEquals("24 True\n", result.printed());
    }

    @Test
    void aHugeResultMeetsTheOutputLimit() {
        assertEquals(
                limit(Limit.OUTPUT),
                outcome(
                        Run.of(
                                        "from cloister import Enclave",
                                        "e = Enclave()",
                                        "while True: e.write(bytes(1 << 20))")
                                .outputBytes(8 << 20)));
    }

    @Test
    void aResultOfExactlyTheLimitIsReleasedAndOneByteMoreIsNot() {
        String[] program = {"from cloister import Enclave", "Enclave().write(bytes(1 << 20), 0)"};

        assertEquals(new RunOutcome.Success(), outcome(Run.of(program).outputBytes(1 << 20)));
        assertEquals(limit(Limit.OUTPUT), outcome(Run.of(program).outputBytes((1 << 20) - 1)));
    }

    @Test
    void endlessPrintingIsCutAndHarmless() {
        Run.Result result = Run.of("for _ in range(200): print('x' * 100000)").run();

        assertEquals(new RunOutcome.Success(), result.report().outcome());
        assertEquals(1 << 20, result.report().log().length());
        assertTrue(result.report().logTruncated());
    }

    @Test
    void usageIsTold() {
        Run.Result result =
                Run.of(
                                "import time",
                                "x = b'x' * (100 << 20)",
                                "time.sleep(0.2)",
                                "while time.process_time() < 0.4: pass")
                        .run();

        Usage usage = result.report().usage();
        assertTrue(
                usage.peakMemoryBytes() > 100L << 20 && usage.peakMemoryBytes() < 200L << 20,
                usage.toString());
        assertTrue(
                usage.cpu().toMillis() >= 200 && usage.cpu().toMillis() < 2000, usage.toString());
        assertTrue(usage.wall().toMillis() >= 200, usage.toString());
        assertEquals(1, usage.peakProcesses());
    }
}
