import { type Contract, type ContractField } from '../contract.js';

/** What a contract reads of a message, as a tree of the message's own form. */
export type ShapeNode = ObjectShape | ListShape | LeafShape;
export interface ObjectShape {
  readonly kind: 'object';
  /** `root`, `data`, `data.lines[]`. */
  readonly label: string;
  readonly children: Map<string, ShapeNode>;
}
export interface ListShape {
  readonly kind: 'list';
  readonly label: string;
  /** Undefined until the first field below it is known. */
  item: ObjectShape | LeafShape | undefined;
  /** Positions of the fields that take a value from each item. */
  readonly fields: number[];
}
export interface LeafShape {
  readonly kind: 'leaf';
  readonly label: string;
  readonly field: ContractField;
  /** Position in the contract's fields. */
  readonly index: number;
}

/** Fields of a loaded contract never disagree on the form of the message; see `combineFields`. */
export function messageShape(contract: Contract): ObjectShape {
  const root: ObjectShape = { kind: 'object', label: 'root', children: new Map() };
  for (const [index, field] of contract.fields.entries()) {
    const parent = descend(root, field.path.slice(0, -1), '');
    const key = field.path.at(-1) ?? '';
    const label = field.path.join('.');
    if (field.each === undefined) {
      parent.children.set(key, { kind: 'leaf', label, field, index });
      continue;
    }
    const known = parent.children.get(key);
    const list: ListShape =
      known?.kind === 'list' ? known : { kind: 'list', label: `${label}[]`, item: undefined, fields: [] };
    parent.children.set(key, list);
    list.fields.push(index);
    const leafKey = field.each.at(-1);
    if (leafKey === undefined) {
      list.item = { kind: 'leaf', label: list.label, field, index };
      continue;
    }
    list.item ??= { kind: 'object', label: list.label, children: new Map() };
    if (list.item.kind !== 'object') continue;
    const below = descend(list.item, field.each.slice(0, -1), `${list.label}.`);
    below.children.set(leafKey, {
      kind: 'leaf',
      label: [list.label, ...field.each].join('.'),
      field,
      index,
    });
  }
  return root;
}

function descend(from: ObjectShape, keys: readonly string[], prefix: string): ObjectShape {
  let node = from;
  let label = prefix;
  for (const key of keys) {
    label += key;
    const known = node.children.get(key);
    const child: ObjectShape =
      known?.kind === 'object' ? known : { kind: 'object', label, children: new Map() };
    node.children.set(key, child);
    node = child;
    label += '.';
  }
  return node;
}

/** Whether a message without this node can be valid. Inside an item of a list everything is required. */
export function isRequired(node: ShapeNode, fields: readonly ContractField[], inItem: boolean): boolean {
  if (inItem) return true;
  if (node.kind === 'leaf') return node.field.required;
  if (node.kind === 'list') return node.fields.some((index) => fields[index]?.required);
  return [...node.children.values()].some((child) => isRequired(child, fields, false));
}
