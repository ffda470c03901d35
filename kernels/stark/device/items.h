// How work is shared out. On GPUs a thread does one of `count` things, and neighbours do neighbours; on processors,
// where groups have one work item, an item does ITEMS of them one after another.

#if THREADS == 1
#define FOR_EACH(i, count) \
    for (u32 i = GROUP_ID * ITEMS, i##_end = i + ITEMS < (count) ? i + ITEMS : (count); i < i##_end; ++i)
#else
#define FOR_EACH(i, count) for (u32 i = GLOBAL_ID, i##_end = (count); i < i##_end; i = i##_end)
#endif
