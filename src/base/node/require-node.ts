import { ErrorCode, LimelightError } from "../errors.ts";
import { nodeVersionProblem } from "./node-version.ts";

/*
 * Must be the first import of every entry. Modules run in the order of their imports, so an old Node.js
 * reports this error before it fails on an unsupported feature.
 */
const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) throw new LimelightError(problem, { code: ErrorCode.NodeVersion });
