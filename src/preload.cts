// What `--require limelight/preload` loads. Node runs it in the thread of module hooks as well, which cannot
// require ES modules: before Node 22.22.3 and 24.11.1, no hook could be registered otherwise.
const { isInternalThread } = require("node:worker_threads");

// biome-ignore lint/correctness/useImportExtensions: `require` of the built file
module.exports = isInternalThread ? {} : require("./preload.js");
