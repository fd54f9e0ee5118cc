import { alternatives, referredTo, type Schema } from './schema.js';

interface Row {
  readonly path: string;
  readonly what: string;
  readonly needed: boolean;
  readonly meaning: string;
}

/** A page about how a kind of file is written, made of its schema. */
export function referencePage(schema: Schema): string {
  const definitions = Object.entries(schema.definitions ?? {});
  return [
    `# ${schema.title}`,
    `${schema.description} Made from the form that the reader uses; change that, not this page.`,
    table(rowsOf(schema, '', schema)),
    ...definitions.map(([name, definition]) =>
      [`## ${name}`, definition.description ?? '', table(rowsOf(definition, '', schema))].join('\n\n'),
    ),
    '',
  ].join('\n\n');
}

function table(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return [
    '| key | is | needed | means |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ path, what, needed, meaning }) =>
        `| \`${path}\` | ${cell(what)} | ${needed ? 'yes' : ''} | ${cell(meaning)} |`,
    ),
  ].join('\n');
}

/** Every key below a schema, each once, but for what has a section of its own. */
function rowsOf(schema: Schema, path: string, root: Schema): Row[] {
  const forms = alternatives(schema, root).filter(({ properties }) => properties !== undefined);
  const rows = new Map<string, Row>();
  for (const { properties = {}, required = [] } of forms) {
    for (const [key, child] of Object.entries(properties)) {
      const own = path === '' ? key : `${path}.${key}`;
      const needed = required.includes(key) && forms.length === 1;
      const row = { path: own, what: whatIs(child, root), needed, meaning: meaningOf(child, root) };
      if (!rows.has(own)) rows.set(own, row);
      for (const below of belowOf(child, own, root)) if (!rows.has(below.path)) rows.set(below.path, below);
    }
  }
  return [...rows.values()];
}

function belowOf(schema: Schema, path: string, root: Schema): Row[] {
  if (referredTo(schema) !== undefined) return [];
  const items = alternatives(schema, root).flatMap((each) => (each.items === undefined ? [] : [each.items]));
  return [
    ...rowsOf(schema, path, root),
    ...items.flatMap((item) => (referredTo(item) === undefined ? rowsOf(item, `${path}[]`, root) : [])),
  ];
}

function whatIs(schema: Schema, root: Schema): string {
  const name = referredTo(schema);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  const words = alternatives(schema, root).map((each) => {
    if (each.const !== undefined) return `\`${each.const}\``;
    if (each.enum !== undefined) return each.enum.map((value) => `\`${value}\``).join(', ');
    if (each.items !== undefined) return `list of ${plain(each.items, root)}`;
    if (each.pattern?.includes('ms|s|m|h|d') === true) return 'duration';
    return each.type === 'object' ? 'keys' : (each.type ?? 'anything');
  });
  return [...new Set(words)].join(' or ');
}

function plain(schema: Schema, root: Schema): string {
  const name = referredTo(schema);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  const types = alternatives(schema, root).map(
    ({ type, enum: values }) =>
      values?.map((value) => `\`${value}\``).join(', ') ??
      (type === 'object' ? 'keys' : (type ?? 'anything')),
  );
  return [...new Set(types)].join(' or ');
}

function meaningOf(schema: Schema, root: Schema): string {
  const { description, examples } = schema;
  const otherwise = schema.default === undefined ? '' : ` Otherwise \`${schema.default}\`.`;
  const such = examples === undefined ? '' : ` Such as ${examples.map((each) => `\`${each}\``).join(', ')}.`;
  const of = description ?? alternatives(schema, root)[0]?.description ?? '';
  return `${of}${such}${otherwise}`.trim();
}
