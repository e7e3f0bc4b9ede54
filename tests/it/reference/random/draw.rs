//! Where every choice comes from: a sequence of numbers that follows from a seed.

/// A source of choices. The same seed gives the same choices on every machine (SplitMix64).
pub(in crate::reference) struct Draw {
    state: u64,
    serial: u32,
}

impl Draw {
    pub(in crate::reference) fn new(seed: u64) -> Self {
        Self { state: seed, serial: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(in crate::reference) fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "there must be something to choose from");
        usize::try_from(self.next() % bound as u64).expect("it is below a usize")
    }

    /// A number from `low` to `high`, both included.
    pub(in crate::reference) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True so many times in a hundred.
    pub(in crate::reference) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// True so many times in a thousand: for what makes most trees invalid.
    pub(in crate::reference) fn rarely(&mut self, permille: usize) -> bool {
        self.below(1000) < permille
    }

    /// One of them.
    pub(in crate::reference) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    /// One of them, copied.
    pub(in crate::reference) fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// At most `most` of them, in their order.
    pub(in crate::reference) fn some_of<T: Clone>(&mut self, items: &[T], most: usize) -> Vec<T> {
        let mut wanted = self.between(0, most.min(items.len()));
        let mut chosen = Vec::new();
        for (index, item) in items.iter().enumerate() {
            if wanted > 0 && self.below(items.len() - index) < wanted {
                chosen.push(item.clone());
                wanted -= 1;
            }
        }
        chosen
    }

    /// From `low` to `high` times what `make` makes.
    pub(in crate::reference) fn many<T>(
        &mut self,
        low: usize,
        high: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        (0..self.between(low, high)).map(|_| make(self)).collect()
    }

    /// A number that was not given before, for names that must differ.
    pub(in crate::reference) fn serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }
}
