"""What is in an OCI archive."""

import hashlib
import json
import pathlib
import subprocess
import tarfile


class Archive:
    """An image, whose parts were compared with the sums they are named by."""

    def __init__(self, path):
        with tarfile.open(path) as archive:
            blobs = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
        for name, content in blobs.items():
            if name.startswith("blobs/sha256/"):
                assert hashlib.sha256(content).hexdigest() == pathlib.PurePath(name).name, name
        blob = lambda described: blobs["blobs/" + described["digest"].replace(":", "/")]  # noqa: E731
        index = json.loads(blobs["index.json"])
        assert len(index["manifests"]) == 1, index
        self.digest = index["manifests"][0]["digest"]
        manifest = json.loads(blob(index["manifests"][0]))
        self.image = json.loads(blob(manifest["config"]))
        self.config = self.image["config"]
        self.layers = [blob(layer) for layer in manifest["layers"]]

    def unpack(self, root):
        """Its files, as they would be in a container."""
        root.mkdir(parents=True)
        for layer in self.layers:
            unpack = ["tar", "--extract", "--gzip", "--numeric-owner", "--same-permissions", "--directory", root]
            subprocess.run(unpack, input=layer, check=True)
        return root
