import { compareBig } from '../units/index.ts';

/** Ranges laid over one another in layers, and what lies over each place. It does not matter in which order they come. */
export class Strokes {
  private readonly edges: { readonly at: bigint; readonly layer: number; readonly by: 1 | -1 }[] = [];

  /** `layer`: a small number; of one layer strokes may overlap. */
  add(layer: number, from: bigint, to: bigint): void {
    if (from >= to) return;
    this.edges.push({ at: from, layer, by: 1 }, { at: to, layer, by: -1 });
  }

  /** [from, to) in pieces; bit n of `layers` is set where layer n lies. */
  *pieces(from: bigint, to: bigint): Generator<{ readonly from: bigint; readonly to: bigint; readonly layers: number }> {
    const depth: number[] = [],
      edges = this.edges.toSorted((a, b) => compareBig(a.at, b.at));
    let layers = 0,
      since = from;
    for (const { at, layer, by } of edges) {
      if (at >= to) break;
      const now = (depth[layer] ?? 0) + by,
        bit = 1 << layer,
        next = now > 0 ? layers | bit : layers & ~bit;
      depth[layer] = now;
      if (next === layers) continue;
      if (at > since) {
        yield { from: since, to: at, layers };
        since = at;
      }
      layers = next;
    }
    if (since < to) yield { from: since, to, layers };
  }
}

/** Whether a piece lies in a layer. */
export const has = (layers: number, layer: number): boolean => (layers & (1 << layer)) !== 0;
