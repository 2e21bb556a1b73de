import keras
import numpy as np


def study(flowers):
    keras.utils.set_random_seed(7)
    sizes = flowers.drop(columns="species").to_numpy("float32")
    sizes = (sizes - sizes.mean(axis=0)) / sizes.std(axis=0)
    species = flowers["species"].astype("category").cat.codes.to_numpy()
    model = keras.Sequential(
        [
            keras.layers.Input((sizes.shape[1],)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    history = model.fit(sizes, species, epochs=12, batch_size=32, verbose=0).history["loss"]
    predicted = model.predict(sizes, verbose=0)
    model.save("/tmp/flowers.keras")
    again = keras.saving.load_model("/tmp/flowers.keras").predict(sizes, verbose=0)
    # What is rounded no processor's arithmetic makes different.
    return {
        "backend": keras.backend.backend(),
        "network learned": bool(history[-1] < history[0] / 2),
        "network is right about nine in ten": bool((predicted.argmax(axis=1) == species).mean() > 0.9),
        "saved network says the same": bool(np.allclose(predicted, again, atol=1e-5)),
    }
