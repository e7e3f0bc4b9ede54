//! Many tasks on all processors; what comes of them is in their order, as if one had been made after the other.

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};

use crate::diagnostics::{Mistakes, Warnings};
use crate::generate::context::{KindContext, RunContext};

/// How many items a processor takes at a time: enough to make handing them out cost nothing.
const PIECE: usize = 32;

/// As [`crate::diagnostics::collect`].
///
/// # Errors
/// All mistakes of all items, if there was any.
pub fn collect<T: Send, U: Send>(
    kind: &KindContext<'_>,
    items: Vec<T>,
    each: impl Fn(&KindContext<'_>, T) -> Result<U, Mistakes> + Sync,
) -> Result<Vec<U>, Mistakes> {
    let (values, mistakes) = gather(kind, items, each);
    mistakes.or(values)
}

/// As [`crate::diagnostics::gather`]. Warnings of `each` go to those of the kind, in the order of the items as well, if
/// it takes the context that it is given.
pub fn gather<T: Send, U: Send>(
    kind: &KindContext<'_>,
    items: Vec<T>,
    each: impl Fn(&KindContext<'_>, T) -> Result<U, Mistakes> + Sync,
) -> (Vec<U>, Mistakes) {
    if items.len() <= PIECE {
        return crate::diagnostics::gather(items, |item| each(kind, item));
    }
    let count = items.len();
    let pieces: Vec<_> = items.into_par_iter().chunks(PIECE).map(|piece| gather_piece(kind, piece, &each)).collect();
    let (mut values, mut mistakes) = (Vec::with_capacity(count), Mistakes::default());
    for ((more, wrong), warnings) in pieces {
        values.extend(more);
        mistakes.extend(wrong.0);
        warnings.take().into_iter().for_each(|warning| kind.warnings.push(warning));
    }
    (values, mistakes)
}

fn gather_piece<T, U>(
    kind: &KindContext<'_>,
    piece: Vec<T>,
    each: &impl Fn(&KindContext<'_>, T) -> Result<U, Mistakes>,
) -> ((Vec<U>, Mistakes), Warnings) {
    let warnings = Warnings::default();
    let run = RunContext { warnings: &warnings, ..*kind.run };
    let own = KindContext { run: &run, ..*kind };
    let made = crate::diagnostics::gather(piece, |item| each(&own, item));
    (made, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Diagnostic;
    use crate::generate::testing::World;

    #[test]
    fn everything_comes_in_the_order_of_the_items() {
        let world = World::new(&[]);
        let (values, mistakes) = world.kind("k", "{}", Vec::new(), |kind| {
            gather(kind, (0..1000_u32).collect(), |kind, item| {
                kind.warnings.push(Diagnostic::warning(format!("warning {item}")));
                if item % 3 == 0 { Err(Diagnostic::error(format!("mistake {item}")).into()) } else { Ok(item) }
            })
        });
        assert!(values.iter().copied().eq((0..1000).filter(|item| item % 3 != 0)));
        let told: Vec<String> = mistakes.0.into_iter().map(|mistake| mistake.message).collect();
        assert!(told.into_iter().eq((0..1000).step_by(3).map(|item| format!("mistake {item}"))));
        let warned: Vec<String> = world.warnings.take().into_iter().map(|warning| warning.message).collect();
        assert!(warned.into_iter().eq((0..1000).map(|item| format!("warning {item}"))));
    }
}
