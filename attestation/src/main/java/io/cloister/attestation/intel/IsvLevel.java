package io.cloister.attestation.intel;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// One level of a quoting enclave or a TDX module, in a list from newest to oldest.
///
/// @param isvSvn least security version that is on this level, 0 to 65535
/// @param tcbDate as of when its status holds
/// @param status `UpToDate`, `OutOfDate` or `Revoked`
/// @param advisoryIds why it is not the first
public record IsvLevel(int isvSvn, Instant tcbDate, TcbStatus status, List<String> advisoryIds) {
    public IsvLevel {
        advisoryIds = List.copyOf(advisoryIds);
    }

    static IsvLevel read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        Fields tcb = fields.object("tcb");
        int isvSvn = (int) tcb.integer("isvsvn", 0, Pcs.MAX_U16);
        tcb.end();
        var level =
                new IsvLevel(
                        isvSvn,
                        Pcs.instant(fields, "tcbDate"),
                        fields.text(
                                "tcbStatus",
                                (text, at) -> TcbStatus.parse(text, TcbStatus.OF_MODULE, at)),
                        Pcs.advisories(fields));
        fields.end();
        return level;
    }

    /// The first level of `levels` that `isvSvn` reaches.
    static Optional<IsvLevel> of(List<IsvLevel> levels, int isvSvn) {
        return levels.stream().filter(level -> level.isvSvn <= isvSvn).findFirst();
    }
}
