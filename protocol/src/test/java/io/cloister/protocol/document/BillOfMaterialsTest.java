package io.cloister.protocol.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.document.BillOfMaterials.Component;
import io.cloister.protocol.document.BillOfMaterials.Origin;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

final class BillOfMaterialsTest {
    private static final BillOfMaterials GOOD = Samples.packages();

    private static void refused(String path, Json changed) {
        var refusal =
                assertThrows(
                        MalformedException.class, () -> BillOfMaterials.read(changed, "packages"));
        assertEquals(path, refusal.path());
    }

    @Test
    void readsWhatItWrites() throws Exception {
        assertEquals(GOOD, BillOfMaterials.read(GOOD.toJson(), "packages"));
        var empty = new BillOfMaterials(List.of());
        assertEquals(empty, BillOfMaterials.read(empty.toJson(), "packages"));
    }

    @Test
    void encodesWhatAPackageUrlMustNotHold() {
        assertEquals("pkg:pypi/torch@2.9.0%2Bcpu", GOOD.packages().getLast().purl());
        assertEquals(
                "pkg:pypi/a@1%211.0",
                new Component("a", "1!1.0", Samples.digest("a"), Origin.CODE).purl());
    }

    @Test
    void refusesAnotherUrlThanThatOfNameAndVersion() {
        Json json = GOOD.toJson();
        refused(
                "packages.components[0].purl",
                JsonEdits.set(json, "components[0].purl", Json.of("pkg:pypi/numpy@2")));
        refused(
                "packages.components[0].bom-ref",
                JsonEdits.set(json, "components[0].bom-ref", Json.of("numpy")));
    }

    @Test
    void refusesAnotherHash() {
        refused(
                "packages.components[0].hashes[0].alg",
                JsonEdits.set(GOOD.toJson(), "components[0].hashes[0].alg", Json.of("MD5")));
    }

    @Test
    void refusesMorePackagesThanARunMayHave() throws Exception {
        List<Component> many = new ArrayList<>();
        for (int i = 0; i < BillOfMaterials.MAX_PACKAGES; i++) {
            many.add(
                    new Component(
                            "p" + (10_000 + i), "1", Samples.digest("wheel"), Origin.RUNTIME));
        }
        var most = new BillOfMaterials(many);
        assertEquals(most, BillOfMaterials.read(most.toJson(), "packages"));
        many.add(new Component("q", "1", Samples.digest("wheel"), Origin.RUNTIME));
        assertThrows(IllegalArgumentException.class, () -> new BillOfMaterials(many));
    }

    @Test
    void refusesPackagesTwiceOrInAnotherOrder() {
        List<Component> packages = GOOD.packages();
        assertThrows(
                IllegalArgumentException.class, () -> new BillOfMaterials(packages.reversed()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new BillOfMaterials(List.of(packages.getFirst(), packages.getFirst())));
    }
}
