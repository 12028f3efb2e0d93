import { ErrorCode, LimelightError } from "./errors.ts";
import { nodeVersionProblem } from "./node-version.ts";

/*
 * The first import of every entry: modules run in the order of their imports, so that an old Node says
 * this before it fails on something it does not know.
 */
const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) throw new LimelightError(problem, { code: ErrorCode.NodeVersion });
