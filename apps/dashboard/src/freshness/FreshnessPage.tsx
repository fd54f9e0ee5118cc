export function FreshnessPage() {
  return null;
}
