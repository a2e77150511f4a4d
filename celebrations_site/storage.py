"""How static files are stored in production."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Hashes and compresses every file, ES modules included: `import "./sse.js"` is rewritten to the hashed name."""

    support_js_module_import_aggregation = True
