package io.cloister.server;

import static io.cloister.server.Access.ACCOUNT;
import static io.cloister.server.Access.ANONYMOUS;
import static io.cloister.server.Access.BEARER;
import static io.cloister.server.Access.CODE_PROVIDER;
import static io.cloister.server.Access.DATA_PROVIDER;
import static io.cloister.server.Access.OWNER;
import static io.cloister.server.Access.PARTICIPANT;
import static io.cloister.server.Access.SIGNER;
import static io.javalin.http.HandlerType.DELETE;
import static io.javalin.http.HandlerType.GET;
import static io.javalin.http.HandlerType.HEAD;
import static io.javalin.http.HandlerType.POST;
import static io.javalin.http.HandlerType.PUT;

import io.cloister.protocol.Dialect;
import io.javalin.http.HandlerType;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The table of operations: the whole of who may do what. `spec/openapi.yaml` says the same, and a
/// test holds them together.
final class Routes {
    private static final long NO_BODY = 0;
    private static final long SMALL = 4 << 10;
    private static final long CARD = 64 << 10;
    private static final long DOCUMENT = 1 << 20;
    private static final long AGREEMENT = 4 << 20;

    /// What can be asked of a computation of another dialect, too: to look at it, and to end it.
    /// All else there goes through its own routes.
    private static final Set<String> ANY_DIALECT =
            Set.of(
                    "getComputation",
                    "events",
                    "archiveComputation",
                    "decline",
                    "withdraw",
                    "getBundle",
                    "getCosmianAgreement",
                    "listBlobs",
                    "getBlob",
                    "headBlob",
                    "listEnclaves",
                    "getEnclave",
                    "listRuns",
                    "getReceipt",
                    "listOutputs",
                    "getOutput");

    private final List<Route> all = new ArrayList<>();

    private Routes() {}

    /// @param cosmian whether the Cosmian dialect is spoken, too
    static List<Route> of(
            Control control,
            EnclaveSupervisor supervisor,
            EventOperations events,
            boolean cosmian) {
        var routes = new Routes();
        routes.service(new ServiceOperations(control, cosmian), new AccountOperations(control));
        routes.computations(new ComputationOperations(control), events);
        routes.documents(new DocumentOperations(control));
        routes.blobs(new BlobOperations(control), control.limits().blobBytes());
        routes.enclaves(new EnclaveOperations(control, supervisor));
        routes.runs(new RunOperations(control));
        return List.copyOf(routes.all);
    }

    private void service(ServiceOperations service, AccountOperations accounts) {
        add("healthLive", GET, "/health/live", Set.of(ANONYMOUS), NO_BODY, service::live);
        add("healthReady", GET, "/health/ready", Set.of(ANONYMOUS), NO_BODY, service::ready);
        add("info", GET, "/info", Set.of(ANONYMOUS), NO_BODY, service::info);
        add("enrol", POST, "/enrolments", Set.of(ANONYMOUS), SMALL, accounts::enrol);
        add("me", GET, "/me", Set.of(BEARER), NO_BODY, accounts::me);
    }

    private void computations(ComputationOperations computations, EventOperations events) {
        add("listComputations", GET, "/computations", Set.of(BEARER), NO_BODY, computations::list);
        add(
                "createComputation",
                POST,
                "/computations",
                Set.of(ACCOUNT),
                DOCUMENT,
                computations::create);
        add(
                "getComputation",
                GET,
                "/computations/{id}",
                Set.of(PARTICIPANT),
                NO_BODY,
                computations::show);
        add(
                "events",
                GET,
                "/computations/{id}/events",
                Set.of(PARTICIPANT),
                NO_BODY,
                events::events);
        add(
                "archiveComputation",
                POST,
                "/computations/{id}/archive",
                Set.of(OWNER),
                NO_BODY,
                computations::archive);
        add(
                "decline",
                POST,
                "/computations/{id}/decline",
                Set.of(SIGNER),
                SMALL,
                computations::decline);
        add(
                "withdraw",
                POST,
                "/computations/{id}/withdraw",
                Set.of(SIGNER),
                SMALL,
                computations::withdraw);
        add(
                "replaceInvitation",
                PUT,
                "/computations/{id}/invitations/{email}",
                Set.of(OWNER),
                SMALL,
                computations::replaceInvitation);
        add(
                "revokeInvitation",
                POST,
                "/computations/{id}/invitations/{email}/revoke",
                Set.of(OWNER),
                NO_BODY,
                computations::revokeInvitation);
    }

    private void documents(DocumentOperations documents) {
        add(
                "getProposal",
                GET,
                "/computations/{id}/proposal",
                Set.of(PARTICIPANT),
                NO_BODY,
                documents::proposal);
        add(
                "listCards",
                GET,
                "/computations/{id}/cards",
                Set.of(PARTICIPANT),
                NO_BODY,
                documents::cards);
        add(
                "registerCard",
                POST,
                "/computations/{id}/cards",
                Set.of(SIGNER),
                CARD,
                documents::registerCard);
        add(
                "getCodeStatement",
                GET,
                "/computations/{id}/code",
                Set.of(PARTICIPANT),
                NO_BODY,
                documents::code);
        add(
                "putCodeStatement",
                PUT,
                "/computations/{id}/code",
                Set.of(CODE_PROVIDER),
                DOCUMENT,
                documents::putCode);
        add(
                "resetCode",
                DELETE,
                "/computations/{id}/code",
                Set.of(CODE_PROVIDER),
                NO_BODY,
                documents::resetCode);
        add(
                "getBundle",
                GET,
                "/computations/{id}/code/bundle",
                Set.of(PARTICIPANT),
                NO_BODY,
                documents::bundle);
        add(
                "getAgreement",
                GET,
                "/computations/{id}/agreement",
                Set.of(PARTICIPANT),
                NO_BODY,
                documents::agreement);
        add(
                "getCosmianAgreement",
                GET,
                "/computations/{id}/cosmian-agreement",
                Set.of(PARTICIPANT),
                NO_BODY,
                documents::cosmianAgreement);
        add(
                "putAgreement",
                PUT,
                "/computations/{id}/agreement",
                Set.of(OWNER),
                AGREEMENT,
                documents::putAgreement);
    }

    private void blobs(BlobOperations blobs, long maxBytes) {
        String one = "/computations/{id}/blobs/{sha256}";
        Set<Access> providers = Set.of(CODE_PROVIDER, DATA_PROVIDER);
        add("listBlobs", GET, "/computations/{id}/blobs", providers, NO_BODY, blobs::list);
        add("getBlob", GET, one, providers, NO_BODY, blobs::get);
        add("headBlob", HEAD, one, providers, NO_BODY, blobs::head);
        add("putBlob", PUT, one, providers, maxBytes, blobs::put);
        add("deleteBlob", DELETE, one, providers, NO_BODY, blobs::delete);
    }

    private void enclaves(EnclaveOperations enclaves) {
        String all = "/computations/{id}/enclaves";
        String one = all + "/{identity}";
        add("listEnclaves", GET, all, Set.of(PARTICIPANT), NO_BODY, enclaves::list);
        add("startEnclave", POST, all, Set.of(PARTICIPANT), NO_BODY, enclaves::start);
        add("getEnclave", GET, one, Set.of(PARTICIPANT), NO_BODY, enclaves::show);
        add(
                "putGrant",
                PUT,
                one + "/grant",
                Set.of(SIGNER),
                ServiceOperations.SEALED_BYTES,
                enclaves::grant);
        add(
                "putInputs",
                PUT,
                one + "/inputs/{run}",
                Set.of(DATA_PROVIDER),
                ServiceOperations.SEALED_BYTES,
                enclaves::inputs);
    }

    private void runs(RunOperations runs) {
        String one = "/computations/{id}/runs/{identity}/{run}";
        add("listRuns", GET, "/computations/{id}/runs", Set.of(PARTICIPANT), NO_BODY, runs::list);
        add("getReceipt", GET, one + "/receipt", Set.of(PARTICIPANT), NO_BODY, runs::receipt);
        add("listOutputs", GET, one + "/outputs", Set.of(SIGNER), NO_BODY, runs::outputs);
        add("getOutput", GET, one + "/outputs/{k}", Set.of(SIGNER), NO_BODY, runs::output);
    }

    private void add(
            String operation,
            HandlerType method,
            String path,
            Set<Access> allowed,
            long maxBody,
            Route.Action action) {
        Set<Dialect> dialects =
                ANY_DIALECT.contains(operation)
                        ? EnumSet.allOf(Dialect.class)
                        : EnumSet.of(Dialect.CLOISTER);
        all.add(new Route(operation, method, path, allowed, maxBody, dialects, action));
    }
}
