import { installTool } from "./install-tool.ts";
import { Tool } from "./tool-paths.ts";

// `npm run tools`: builds the stack's programs from the Go module proxy, each at its version, into a cache outside of
// the repository. What is there already stays. Needs Go 1.26; from nothing it takes about 20 minutes on two cores.

for (const tool of Object.values(Tool)) installTool(tool);
