/**
 * The formats that are read, in the order in which a file is offered to them: the first claim wins, so a
 * format that recognises itself by more comes before one that is content with less.
 */
import { atif } from './atif.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { ctrf } from './ctrf.ts';
import type { Format } from './format.ts';
import { harbor } from './harbor.ts';
import { inspect } from './inspect.ts';
import { junit } from './junit.ts';
import { langfuse } from './langfuse.ts';
import { miniSweAgent } from './mini-swe-agent.ts';
import { native } from './native.ts';
import { otel } from './otel.ts';
import { promptfoo } from './promptfoo.ts';
import { sidecar } from './sidecar.ts';
import { sweAgent } from './swe-agent.ts';
import { swebench } from './swebench.ts';
import { tauBench } from './tau.ts';
import { tau2 } from './tau2.ts';
import { terminalBench } from './terminal-bench.ts';

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
