package io.cloister.agent.sandbox;

import java.util.List;
import java.util.Optional;

/// The classes of Python exception a failed run may be reported with. The vocabulary is closed so
/// that a failure says little: an exception of any other class is reported as its nearest built-in
/// ancestor here, or as [#OTHER].
///
/// The order is the wire's: `spec/sandbox.md`, and `vocabulary.py` on the other side.
public enum FailureClass {
    OTHER("other"),
    ARITHMETIC_ERROR("ArithmeticError"),
    ASSERTION_ERROR("AssertionError"),
    ATTRIBUTE_ERROR("AttributeError"),
    BASE_EXCEPTION_GROUP("BaseExceptionGroup"),
    BLOCKING_IO_ERROR("BlockingIOError"),
    BROKEN_PIPE_ERROR("BrokenPipeError"),
    BUFFER_ERROR("BufferError"),
    CHILD_PROCESS_ERROR("ChildProcessError"),
    CONNECTION_ABORTED_ERROR("ConnectionAbortedError"),
    CONNECTION_ERROR("ConnectionError"),
    CONNECTION_REFUSED_ERROR("ConnectionRefusedError"),
    CONNECTION_RESET_ERROR("ConnectionResetError"),
    EOF_ERROR("EOFError"),
    EXCEPTION_GROUP("ExceptionGroup"),
    FILE_EXISTS_ERROR("FileExistsError"),
    FILE_NOT_FOUND_ERROR("FileNotFoundError"),
    FLOATING_POINT_ERROR("FloatingPointError"),
    GENERATOR_EXIT("GeneratorExit"),
    IMPORT_ERROR("ImportError"),
    INDENTATION_ERROR("IndentationError"),
    INDEX_ERROR("IndexError"),
    INTERRUPTED_ERROR("InterruptedError"),
    IS_ADIRECTORY_ERROR("IsADirectoryError"),
    KEY_ERROR("KeyError"),
    KEYBOARD_INTERRUPT("KeyboardInterrupt"),
    LOOKUP_ERROR("LookupError"),
    MEMORY_ERROR("MemoryError"),
    MODULE_NOT_FOUND_ERROR("ModuleNotFoundError"),
    NAME_ERROR("NameError"),
    NOT_ADIRECTORY_ERROR("NotADirectoryError"),
    NOT_IMPLEMENTED_ERROR("NotImplementedError"),
    OS_ERROR("OSError"),
    OVERFLOW_ERROR("OverflowError"),
    PERMISSION_ERROR("PermissionError"),
    PROCESS_LOOKUP_ERROR("ProcessLookupError"),
    RECURSION_ERROR("RecursionError"),
    REFERENCE_ERROR("ReferenceError"),
    RUNTIME_ERROR("RuntimeError"),
    STOP_ASYNC_ITERATION("StopAsyncIteration"),
    STOP_ITERATION("StopIteration"),
    SYNTAX_ERROR("SyntaxError"),
    SYSTEM_ERROR("SystemError"),
    SYSTEM_EXIT("SystemExit"),
    TAB_ERROR("TabError"),
    TIMEOUT_ERROR("TimeoutError"),
    TYPE_ERROR("TypeError"),
    UNBOUND_LOCAL_ERROR("UnboundLocalError"),
    UNICODE_DECODE_ERROR("UnicodeDecodeError"),
    UNICODE_ENCODE_ERROR("UnicodeEncodeError"),
    UNICODE_ERROR("UnicodeError"),
    UNICODE_TRANSLATE_ERROR("UnicodeTranslateError"),
    VALUE_ERROR("ValueError"),
    ZERO_DIVISION_ERROR("ZeroDivisionError"),
    USER_ERROR("UserError");

    private static final List<FailureClass> ALL = List.of(values());

    private final String python;

    FailureClass(String python) {
        this.python = python;
    }

    /// The name in Python, or `other`.
    public String python() {
        return python;
    }

    static Optional<FailureClass> ofCode(int code) {
        return code >= 0 && code < ALL.size() ? Optional.of(ALL.get(code)) : Optional.empty();
    }
}
