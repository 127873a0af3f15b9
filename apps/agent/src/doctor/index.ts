export { capabilities, kernels, privileges } from './capabilities.ts';
export { capabilityMarkdown, settingMarkdown } from './markdown.ts';
export { probes } from './probes.ts';
