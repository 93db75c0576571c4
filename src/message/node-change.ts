/** What an operator changes about the nodes of a running cluster (spec membership 8, client-api 2). */
import type { Result } from '../result.ts';
import { succeed } from '../result.ts';
import { bad, fault, missing, namesOf, readName, textOf } from './field-readers.ts';
import { wire } from './fields.ts';
import type { Field, NodeChange } from './messages.ts';
import type { BodyFault } from './misfit.ts';

export const nodeChangeTypes = ['addnode', 'delnode', 'setweight', 'setsite'] as const;

export const isNodeChangeType = (type: string): boolean =>
  nodeChangeTypes.some((one) => one === type);

/** The change that a message of one of these types tells; names come out in lower case. */
export function readNodeChange(fields: readonly Field[]): Result<NodeChange, BodyFault> {
  const type = nodeChangeTypes.find((one) => one === textOf(fields, wire.type));
  switch (type) {
    case 'addnode':
    case 'delnode':
      return readList(fields, type);
    case 'setweight':
      return readWeight(fields);
    case 'setsite':
      return readSite(fields);
    case undefined:
      return bad(wire.type);
  }
}

function readList(
  fields: readonly Field[],
  t: 'addnode' | 'delnode',
): Result<NodeChange, BodyFault> {
  const nodelist = namesOf(fields, wire.nodes);
  return nodelist === undefined ? fault(fields, wire.nodes) : succeed({ t, nodelist });
}

/** C takes any word for a number, most of them for 0. */
function readWeight(fields: readonly Field[]): Result<NodeChange, BodyFault> {
  const node = readName(textOf(fields, wire.node) ?? '');
  if (node === undefined) return fault(fields, wire.node);
  const weight = textOf(fields, wire.weight);
  if (weight === undefined) return missing(wire.weight);
  if (!/^-?\d{1,9}$/.test(weight)) return bad(wire.weight);
  return succeed({ t: 'setweight', node, weight: Number(weight) });
}

/** Never to be sent on without a site: it ends every C daemon that hears it. */
function readSite(fields: readonly Field[]): Result<NodeChange, BodyFault> {
  const node = readName(textOf(fields, wire.node) ?? '');
  if (node === undefined) return fault(fields, wire.node);
  const site = textOf(fields, wire.site);
  if (site === undefined) return missing(wire.site);
  return /^[ -~\u0080-\u00ff]{0,255}$/.test(site)
    ? succeed({ t: 'setsite', node, site })
    : bad(wire.site);
}
