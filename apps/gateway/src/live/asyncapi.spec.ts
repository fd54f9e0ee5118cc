import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS } from '@freshet/live-hub';
import { describe, expect, it } from 'vitest';
import { liveApi } from './asyncapi.js';

const FILE = fileURLToPath(new URL('../../../../docs/api/live.asyncapi.json', import.meta.url));

interface Node {
  readonly [key: string]: unknown;
}

/** Every `$ref` of a document. */
function refsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(refsOf);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : refsOf(value),
  );
}

function resolve(document: unknown, ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Node | undefined)?.[key], document);
}

describe('the AsyncAPI document of the live protocol', () => {
  const document = liveApi(DEFAULT_LIMITS) as Node;

  it('is the committed one; `npx vitest run -u` on this file writes it anew', async () => {
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(FILE);
  });

  it('refers only to what it holds, and has words for every message', () => {
    const broken = refsOf(document).filter((ref) => resolve(document, ref) === undefined);
    expect(broken).toEqual([]);
    const { messages } = document['components'] as { messages: Record<string, Node> };
    expect(Object.keys(messages)).toHaveLength(11);
    for (const [name, message] of Object.entries(messages)) expect(message['summary'], name).toBeTruthy();
  });
});
