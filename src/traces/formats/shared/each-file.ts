/**
 * Reading for formats whose file is one JSON value: parse it, report what is amiss, yield its trials.
 */
import { jsonValue } from '../../json.ts';
import type { Format, ReadOptions } from '../format.ts';
import type { Parsed } from './lenient.ts';

/** A `read` that gives each file's value to `parse`, one file in memory at a time. */
export function eachFile(
  parse: (value: unknown, path: string, options: ReadOptions) => Parsed,
): Format['read'] {
  return async function* read(files, context) {
    for await (const file of files) {
      const { trials, problems } = parse(await jsonValue(file), file.path, context.options);
      for (const problem of problems) context.problem(file.path, problem);
      yield* trials;
    }
  };
}
