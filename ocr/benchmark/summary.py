"""The figures of a benchmark in sentences."""

from __future__ import annotations

from typing import Any


def write_summary(figures: dict[str, Any]) -> str:
    """Write the figures of a benchmark for people.

    Args:
        figures: What `ocr.benchmark.measure.run_benchmark` gave.

    Returns:
        One figure a line.
    """
    host, load, turns = figures["machine"], figures["load_average"], figures["one_epoch"]
    bfloat16 = "with" if host["bfloat16"] else "without"
    lines = [
        f"{host['processor']}, {host['cores']} cores, {host['threads']} threads, torch {host['torch']} on "
        f"{host['device']} {bfloat16} bfloat16; load average {load['before']:.1f} before, {load['after']:.1f} after",
        f"Data: {figures['data']['source']}, loaded in {figures['data']['load_seconds']:.1f} s; "
        f"importing took {figures['import_seconds']:.1f} s",
        f"One image: {figures['inference']['network_ms']:.2f} ms by the network, "
        f"{figures['inference']['read_ms']:.2f} ms with probabilities and familiarity",
        f"The tutorial's recipe: {figures['throughput']['images_per_second']:,.0f} images/s",
    ]
    if "tensorflow" in figures["throughput"]:
        other = figures["throughput"]["tensorflow"]
        lines[-1] += (
            f", {other['ratio']:.2f} times TensorFlow {other['version']}'s {other['images_per_second']:,.0f} images/s"
        )
    reference = turns["one_epoch_reference"]
    accuracy = "" if reference["accuracy"] is None else f" for {reference['accuracy']:.2%}"
    for name, title in (("fast", "Preset fast"), ("short", "The same, shorter")):
        lines.append(
            f"{title}: {turns[name]['seconds']:.2f} s for {turns[name]['iterations']} iterations, "
            f"{turns[name]['accuracy']:.2%} of the {turns['split']} images (mean of {len(turns['seeds'])} seeds), "
            f"{turns[name]['ratio']:.2f} times the published one-epoch recipe's {reference['seconds']:.2f} s{accuracy}"
        )
    for target, reached in figures["seconds_to"].items():
        seconds = "not reached" if reached["seconds"] is None else f"{reached['seconds']:.2f} s"
        lines.append(f"Training to {float(target):.1%} of the validation images: {seconds}")
    for report in figures.get("tutorial", []):
        lines.append(
            f"The tutorial's recipe after {report['iteration']:,} iterations: {report['accuracy']:.1%} in "
            f"{report['seconds']:.1f} s; the tutorial had {report['tutorials_test_accuracy']:.1%} of the test images"
        )
    return "\n".join(lines)
