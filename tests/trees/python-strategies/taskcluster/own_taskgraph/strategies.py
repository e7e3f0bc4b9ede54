from taskgraph.optimize.base import All, Any, Not, OptimizationStrategy, register_strategy


@register_strategy("even-words")
class EvenWords(OptimizationStrategy):
    def should_remove_task(self, task, params, arg):
        return len(arg) % 2 == 0

    def should_replace_task(self, task, params, deadline, arg):
        return "fzy3l9dCSDKRYTxTQTZjGg" if arg == "replaced" else False


register_strategy("even-or-unchanged", args=("even-words", "skip-unless-changed"))(Any)
register_strategy("not-even", args=("even-words",))(Not)

overrides = {"even-words": All("even-words", "skip-unless-changed")}
