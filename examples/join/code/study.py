"""The secret part: how the two halves are joined and what is computed."""

SMALLEST_GROUP = 20


def compare(measurements, pathology):
    """Mean measurements by diagnosis, over patients whom both hospitals know; small groups are left out."""
    patients = measurements.merge(pathology, on="patient", validate="one_to_one")
    groups = patients.drop(columns="patient").groupby("diagnosis")
    means = groups.mean().round(4)
    means.insert(0, "patients", groups.size())
    return means[means["patients"] >= SMALLEST_GROUP]
