/**
 * Student's t: quantiles for intervals over few blocks.
 */
import { probit } from 'simple-statistics';

/**
 * The quantile by Hill's expansion (G. W. Hill, "Algorithm 396: Student's t-quantiles", CACM 1970), exact for one and
 * two degrees of freedom; within 0.5 % from three on.
 *
 * @param p 0.5 < p < 1
 * @param freedom degrees of freedom, from 1
 */
export function studentQuantile(p: number, freedom: number): number {
  const tail = 2 * (1 - p);
  if (freedom === 1) return 1 / Math.tan((tail * Math.PI) / 2);
  if (freedom === 2) return Math.sqrt(2 / (tail * (2 - tail)) - 2);
  const a = 1 / (freedom - 0.5);
  const b = 48 / a ** 2;
  let c = (((20700 * a) / b - 98) * a - 16) * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * freedom;
  let y = (d * tail) ** (2 / freedom);
  if (y > 0.05 + a) {
    const x = probit(tail / 2);
    y = x ** 2;
    if (freedom < 5) c += 0.3 * (freedom - 4.5) * (x + 0.6);
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else {
    const near = (freedom + 6) / (freedom * y) - 0.089 * d - 0.822;
    y =
      ((1 / (near * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y - 1) * ((freedom + 1) / (freedom + 2)) +
      1 / y;
  }
  return Math.sqrt(freedom * y);
}
