/**
 * The body of a delivery, before anybody knows who sent it. Octokit's middleware reads any body whole, however large
 * and however slowly it comes, and logs the whole of one whose signature is wrong. So bodies are read here first,
 * within bounds, and only a signed one goes on.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Probot } from 'probot';

const MB = 1024 * 1024;

export interface BodyLimits {
  /** Bytes of one body. */
  readonly one: number;
  /** Bytes of all bodies that are held at the same time. */
  readonly all: number;
  /** How long a body may take to come (ms). */
  readonly ms: number;
}

/** GitHub sends 25 MB at most, and gives a delivery up after 10 s. */
const BODY_LIMITS: BodyLimits = { one: 25 * MB, all: 4 * 25 * MB, ms: 10_000 };

/** Reads a delivery and answers it; false when the request is somebody else's. */
type Receive = Awaited<ReturnType<Probot['getNodeMiddleware']>>;

interface Refusal {
  readonly status: 400 | 408 | 413 | 503;
  readonly error: string;
}

/** How long storing may take (ms): after 9 s Octokit's middleware says that all is well, and nobody hears of the end. */
const STORE_MS = 8_000;

/** A delivery that is signed and parsed. */
export interface Delivery {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
}

/**
 * Lets only bounded and signed bodies through to Probot's middleware, and hands what they hold to `store`. To be called
 * while the App is loaded: Probot's server puts that middleware before every handler an App may add, so that it can
 * only be reached where it is made.
 */
export function admitDeliveries(
  probot: Probot,
  store: (delivery: Delivery) => Promise<void>,
  storeMs = STORE_MS,
): void {
  const make = probot.getNodeMiddleware.bind(probot);
  const isSigned = (body: string, signature: string) =>
    probot.webhooks.verify(body, signature).catch(() => false);
  const refused = (message: string) => probot.log.warn(message);
  probot.getNodeMiddleware = async (options) => {
    const receive = await make(options);
    // Octokit's own way to a handler writes the whole delivery into the log, twice, where the handler throws.
    probot.webhooks.verifyAndReceive = async ({ id, name, payload, signature }) => {
      if (!(await isSigned(payload, signature))) throw failure(UNSIGNED.error, UNSIGNED.status);
      const delivery = { id, name, payload: parsed(payload) };
      await Promise.race([store(delivery), tooLate(storeMs)]).catch((error) => {
        throw failure(`The delivery ${id} was not stored: ${error instanceof Error ? error.message : error}`);
      });
    };
    return admit(receive, isSigned, refused);
  };
}

async function tooLate(ms: number): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
  throw new Error(`the database has not answered for ${ms} ms.`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw failure('the body is no JSON.', 400);
  }
}

/** What Octokit's middleware answers and logs; GitHub lists the delivery as failed. */
function failure(message: string, status = 500): AggregateError {
  return new AggregateError([Object.assign(new Error(message), { status })], message);
}

/** A middleware that asks `receive` only where the body is within `limits` and signed. */
export function admit(
  receive: Receive,
  isSigned: (body: string, signature: string) => Promise<boolean>,
  refused: (message: string) => void,
  limits: BodyLimits = BODY_LIMITS,
): Receive {
  let held = 0;
  const refuse = (response: ServerResponse, { status, error }: Refusal): true => {
    refused(`A delivery was refused with ${status}: ${error}`);
    const body = JSON.stringify({ error });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    // What is too much is thrown away as it comes, and the connection serves on; who is too slow is not waited for.
    response.writeHead(status, status === 408 ? { ...headers, connection: 'close' } : headers).end(body);
    return true;
  };
  return async (request, response, next) => {
    // Nothing reads the body of another method.
    if (request.method !== 'POST') return receive(request, response, next);
    let taken = 0;
    const hasRoom = (bytes: number): Refusal | null => {
      taken += bytes;
      held += bytes;
      if (taken > limits.one) return TOO_LARGE;
      return held > limits.all ? BUSY : null;
    };
    try {
      if (Number(request.headers['content-length'] ?? 0) > limits.one) return refuse(response, TOO_LARGE);
      const body = await read(request, hasRoom, limits.ms);
      if (body === null) return true;
      if (typeof body !== 'string') return refuse(response, body);
      const signature = request.headers['x-hub-signature-256'];
      // A signature that is missing is Octokit's to refuse, as is every other header.
      if (typeof signature === 'string' && !(await isSigned(body, signature))) {
        return refuse(response, UNSIGNED);
      }
      // Where Octokit looks before it reads the request itself.
      return await receive(Object.assign(request, { body }), response, next);
    } finally {
      held -= taken;
    }
  };
}

const TOO_LARGE: Refusal = { status: 413, error: 'the body is larger than any that GitHub sends.' };
const TOO_SLOW: Refusal = { status: 408, error: 'the body came more slowly than GitHub sends one.' };
const BUSY: Refusal = { status: 503, error: 'too many large deliveries at once.' };
const UNSIGNED: Refusal = { status: 400, error: 'the signature is not one by WEBHOOK_SECRET.' };

/** The body as text; a refusal where it passes a limit; null when the sender went away. */
function read(
  request: IncomingMessage,
  hasRoom: (bytes: number) => Refusal | null,
  ms: number,
): Promise<string | Refusal | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const settle = (result: string | Refusal | null) => {
      clearTimeout(timer);
      request.off('data', take).off('end', done).off('close', gone).off('error', gone);
      // With nobody listening, what still comes is thrown away.
      request.resume();
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      const refusal = hasRoom(chunk.length);
      if (refusal === null) chunks.push(chunk);
      else settle(refusal);
    };
    const done = () => settle(Buffer.concat(chunks).toString('utf8'));
    const gone = () => settle(null);
    const timer = setTimeout(() => settle(TOO_SLOW), ms);
    request.on('data', take).on('end', done).on('close', gone).on('error', gone);
  });
}
