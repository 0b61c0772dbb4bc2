"""What a wheel holds: the folders beside this file, as parts of the one package ``corridor``."""

from setuptools import find_packages, setup

FOLDERS = ["model*", "scenarios*", "calibration*", "displacement*", "experiments*", "views*"]

setup(
    packages=["corridor", *(f"corridor.{name}" for name in find_packages(include=FOLDERS))],
    script_name="setup.py",  # is not part of the package, although it stands in its folder
)
