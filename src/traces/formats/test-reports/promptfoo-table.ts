/**
 * The table of promptfoo's web view, which old result files (version 2) hold instead of rows.
 */
import { z } from 'zod';
import * as lenient from '../shared/lenient.ts';

export const ResultTable = z
  .object({ head: z.object({ prompts: lenient.list }).catch({ prompts: [] }), body: lenient.list })
  .nullable()
  .catch(null);

/** Version 2 files may hold only the table that the web view shows: one row a test, one output a prompt. */
export function tableRows(table: z.infer<typeof ResultTable>): unknown[] {
  const Body = z.object({
    description: lenient.text,
    vars: lenient.list,
    test: lenient.object,
    outputs: lenient.list,
  });
  const heads = (table?.head.prompts ?? []).map((head) => (lenient.isObject(head) ? head : {}));
  return (table?.body ?? []).flatMap((line, testIdx) => {
    const row = Body.safeParse(line);
    if (!row.success) return [line];
    return row.data.outputs.map((output, promptIdx) => {
      const cell = lenient.isObject(output) ? output : {};
      return {
        ...cell,
        testIdx,
        promptIdx,
        success: cell.pass,
        description: row.data.description ?? row.data.test.description,
        vars: lenient.isObject(row.data.test.vars) ? row.data.test.vars : { ...row.data.vars },
        prompt: { raw: cell.prompt ?? heads[promptIdx]?.raw, label: heads[promptIdx]?.label },
        provider: cell.provider ?? heads[promptIdx]?.provider,
        response: { output: cell.text },
      };
    });
  });
}
