"""Comparing runs, with values worked out by hand."""

from __future__ import annotations

import pytest

from ocr import CNNConfig, TrainConfig, preset
from ocr.runs.comparison import course, differences, running_mean, settings
from ocr.training.recipe import Augmentation


def in_words(recipes: dict[str, TrainConfig]) -> dict[str, dict[str, str]]:
    return {name: settings(recipe) for name, recipe in recipes.items()}


def test_one_thing_changed_is_one_row():
    recipes = {"one": preset("tutorial"), "two": preset("tutorial", batch_size=128)}
    assert differences(in_words(recipes)) == {"batch size": {"one": "64", "two": "128"}}


def test_the_same_recipe_differs_in_nothing():
    assert differences(in_words({"one": preset("best"), "two": preset("best")})) == {}


def test_sizes_of_the_network_are_settings_of_their_own():
    recipes = {"one": preset("tutorial"), "two": preset("tutorial", network=CNNConfig(filters=(8, 12), fc_size=64))}
    assert differences(in_words(recipes)) == {
        "filters": {"one": "16, 36", "two": "8, 12"},
        "fully connected size": {"one": "128", "two": "64"},
    }


def test_what_only_one_recipe_has_is_none_in_the_other():
    rows = differences(in_words({"one": preset("tutorial"), "two": preset("linear")}))
    assert rows["filters"] == {"one": "16, 36", "two": "none"}
    assert rows["learning rate"] == {"one": "0.0001", "two": "0.5"}


def test_a_linear_network_has_no_settings_of_a_convolutional_one():
    told = settings(preset("linear"))
    assert "image size" in told
    assert not {"filters", "filter sizes", "fully connected size"} & set(told)


def test_names_of_settings_are_those_that_people_use():
    told = settings(preset("best", user_digits_share=0.25))
    assert told["EMA decay"] == "0.998"
    assert told["distillation weight"] == "0.9"
    assert told["synthetic share"] == "0.1"
    assert told["user digits' share"] == "0.25"
    assert not any("_" in name for name in told)


def test_settings_are_written_in_words():
    told = settings(TrainConfig(one_cycle=True, iterations=25_800, augmentation=Augmentation(rotation=14, scale=0.15)))
    assert told["one cycle"] == "yes"
    assert told["iterations"] == "25,800"
    assert told["distortions"].startswith("rotation 14, scale 0.15, ")
    assert settings(preset("tutorial"))["distortions"] == "none"


def test_what_was_asked_on_the_way_is_a_setting_too():
    asked = {"one": course(1_440, [(50, 0.03), (1_080, None)]), "two": course(440, [])}
    assert differences(asked) == {
        "iterations asked for": {"one": "1,440", "two": "440"},
        "learning rate changed": {"one": "0.03 after 50, back after 1,080", "two": "never"},
    }


def test_the_running_mean_is_over_the_last_values_or_as_many_as_there_are():
    assert running_mean([1, 2, 3, 4], 2) == [1, 1.5, 2.5, 3.5]
    assert running_mean([2, 4, 9], 5) == [2, 3, 5]
    assert running_mean([0.1, 0.7, 0.4], 1) == pytest.approx([0.1, 0.7, 0.4])
    assert running_mean([], 3) == []
