"""The file of tables."""

from physics.dark_matter.relic import tables


def test_the_file_is_what_the_generator_wrote():
    assert tables.checksum(tables.load()) == tables.CHECKSUM
