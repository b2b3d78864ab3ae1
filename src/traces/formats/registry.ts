/**
 * The formats that are read, in the order in which a file is offered to them: the first claim wins, so a
 * format that recognises itself by more comes before one that is content with less.
 */

import { claudeCode } from './coding-agents/claude-code.ts';
import { codex } from './coding-agents/codex.ts';
import type { Format } from './format.ts';
import { atif } from './harbor/atif.ts';
import { harbor } from './harbor/harbor.ts';
import { terminalBench } from './harbor/terminal-bench.ts';
import { inspect } from './inspect/inspect.ts';
import { native } from './native.ts';
import { sidecar } from './sidecar.ts';
import { miniSweAgent } from './swe/mini-swe-agent.ts';
import { sweAgent } from './swe/swe-agent.ts';
import { swebench } from './swe/swebench.ts';
import { tauBench } from './tau/tau.ts';
import { tau2 } from './tau/tau2.ts';
import { langfuse } from './telemetry/langfuse.ts';
import { otel } from './telemetry/otel.ts';
import { ctrf } from './test-reports/ctrf.ts';
import { junit } from './test-reports/junit.ts';
import { promptfoo } from './test-reports/promptfoo.ts';

export const FORMATS: readonly Format[] = [
  // A verdict and, where there is one, the trajectory.
  harbor,
  terminalBench,
  inspect,
  sidecar,
  native,
  promptfoo,
  junit,
  ctrf,
  tauBench,
  tau2,
  // A verdict whose trajectory is elsewhere.
  swebench,
  // Trajectories whose verdict may be elsewhere.
  atif,
  sweAgent,
  miniSweAgent,
  claudeCode,
  codex,
  otel,
  langfuse,
];
