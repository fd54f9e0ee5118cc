/** What is used here of a JSON Schema (draft 7). */
export interface Schema {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly pattern?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly examples?: readonly string[];
}

/** A schema with its references followed, as the alternatives that it allows. */
export function alternatives(schema: Schema, root: Schema): Schema[] {
  if (schema.$ref !== undefined) return alternatives(targetOf(schema.$ref, root), root);
  const inner = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])];
  return inner.length === 0 ? [schema] : inner.flatMap((each) => alternatives(each, root));
}

/** Name of the definition that a schema refers to, directly or as its only part. */
export function referredTo(schema: Schema): string | undefined {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  return ref?.split('/').at(-1);
}

function targetOf(ref: string, root: Schema): Schema {
  const name = ref.split('/').at(-1) ?? '';
  const found = ref === '#' ? root : root.definitions?.[name];
  if (found === undefined) throw new Error(`${ref} leads nowhere`);
  return found;
}
