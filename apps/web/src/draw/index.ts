export * from './fill-folio.ts';
export * from './fill.ts';
export * from './frames.ts';
export * from './palette.ts';
export * from './pen.ts';
export * from './view.ts';
