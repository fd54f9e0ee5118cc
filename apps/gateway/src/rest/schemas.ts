import { z } from 'zod';

/** A zod schema as OpenAPI wants it. */
export function openApi(schema: z.ZodType): object {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', unrepresentable: 'any', io: 'output' });
  delete json['$schema'];
  return json;
}
